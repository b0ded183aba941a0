/** What the host does for the program. */

/** Whether the document is UTF-8; asked only when it is not ASCII. */
export declare function isUtf8(): bool;

/**
 * Writes the canonical text of the number literal from `start` to `end` to `place`, and returns how many bytes it has;
 * 0 when the literal is canonical. Only the host has ECMAScript's shortest text of a double.
 */
export declare function putNumber(start: usize, end: usize, place: usize): usize;
