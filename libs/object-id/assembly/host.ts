/** What the host does for the program. */

/** Whether the document is UTF-8; asked only when it is not ASCII. */
export declare function isUtf8(): bool;

/** Writes the canonical text of the number literal from `start` to `end` to `place`; returns how many bytes it has. */
export declare function putNumber(start: usize, end: usize, place: usize): usize;

/** As `putNumber`, of a double: only the host has ECMAScript's shortest text of it. */
export declare function putDouble(double: f64, place: usize): usize;
