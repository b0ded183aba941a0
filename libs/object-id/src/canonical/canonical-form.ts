export interface CanonicalForm {
  /** the given bytes themselves, not a copy, when they are canonical already */
  readonly canonical: Buffer;
  /** false when there are duplicate keys or lone surrogates */
  readonly iJson: boolean;
}
