export { type CanonicalForm } from './canonical/canonical-form';
export { canonicalize, scannerInUse, type ScannerName } from './canonical/canonicalize';
export { canonicalizeInTypeScript } from './canonical/in-typescript';
export { DEPTH_MAX } from './canonical/scanner';
export { ObjectIdError, type ObjectIdErrorCode } from './errors';
export { type EntryKind, identify, type IdentifyOptions, type Identity } from './identify';
export {
  type Digest,
  digestFrom,
  type EntryKey,
  entryKeyFrom,
  eventNameOf,
  identityOf,
  identityOfBody,
  type ObjectId,
  objectIdOf,
  parseDigest,
  parseEntryKey,
  parseObjectId,
  printDigest,
  printEntryKey,
  printObjectId,
  secondsOf,
} from './ids';
export { sha256, sha256Text } from './sha256';
