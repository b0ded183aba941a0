/** First byte of every append and answer; another one is another protocol. */
export const PROTOCOL_VERSION = 2;

/** hex digits of the longest id: an EntryKey */
export const ID_CHARS_MAX = 72;
/** digits of the largest number in an id list: a u32 */
export const NUMBER_DIGITS_MAX = 10;
/** largest unix time and largest crc32c: a u32 */
export const U32_MAX = 0xffff_ffff;

/** bytes of a node's name */
export const NODE_NAME_BYTES_MAX = 128;
/** bytes of a member's URL */
export const URL_BYTES_MAX = 1024;
