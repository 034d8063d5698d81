/** The input is no XML that we read: not well-formed, beyond a bound, or using what could read other files. */
export class XmlError extends Error {
  override readonly name = 'XmlError';
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;

  constructor(message: string, line: number, column: number) {
    super(`line ${line}, column ${column}: ${message}`);
    this.line = line;
    this.column = column;
  }
}
