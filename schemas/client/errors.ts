/** meta/v1 Status, the body of every error of a Kubernetes API server. */
export interface KubeStatus {
  kind?: 'Status';
  status?: string;
  message?: string;
  reason?: string;
  code?: number;
  details?: {
    name?: string;
    kind?: string;
    causes?: { reason?: string; message?: string; field?: string }[];
    retryAfterSeconds?: number;
  };
}

/** The server answered, and the answer is no. `reason` is one of meta/v1 StatusReason (`NotFound`, `Conflict`, `Invalid` …). */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: number;
  readonly reason: string;
  readonly status: KubeStatus;

  constructor(code: number, status: KubeStatus) {
    super(status.message ?? `the server answered with HTTP ${code}`);
    this.code = code;
    this.reason = status.reason ?? 'Unknown';
    this.status = status;
  }
}

/** Nobody answered: the server is down, the certificate is wrong, the connection broke. The original error is the `cause`. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
}

export const isNotFound = (error: unknown): boolean => error instanceof ApiError && error.code === 404;
export const isConflict = (error: unknown): boolean =>
  error instanceof ApiError && error.code === 409 && error.reason === 'Conflict';
export const isAlreadyExists = (error: unknown): boolean =>
  error instanceof ApiError && error.reason === 'AlreadyExists';
/** The resourceVersion is too old to watch or to continue from: list again. */
export const isExpired = (error: unknown): boolean => error instanceof ApiError && error.code === 410;
