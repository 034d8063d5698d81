/** What a retry cannot mend without a change of the URL, the checksum or the server's content. */
export class DownloadRefusedError extends Error {
  override readonly name = 'DownloadRefusedError';
  /** CamelCase, for a condition. */
  readonly reason:
    | 'RedirectRefused'
    | 'AddressRefused'
    | 'TooLarge'
    | 'EndlessBody'
    | 'ChecksumMismatch'
    | 'ChecksumNotFound';

  constructor(reason: DownloadRefusedError['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

/** What may go better the next time: no connection, a server's error, a download that was cut. What came so far is kept. */
export class DownloadFailedError extends Error {
  override readonly name = 'DownloadFailedError';
  readonly reason: 'DownloadCut' | 'ServerError' | 'Unreachable' | 'NoSpace';

  constructor(reason: DownloadFailedError['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
