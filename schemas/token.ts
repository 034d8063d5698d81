/** What a ServiceAccount's token says of itself; its signature is the API server's to check. */
export interface TokenClaims {
  /** Seconds since 1970. */
  readonly issuedAt: number;
  readonly expires: number;
  /** `system:serviceaccount:NAMESPACE:NAME` */
  readonly subject: string;
  /** Uid of the account, which a token ends with. */
  readonly accountUid: string | undefined;
}

interface Payload {
  readonly iat?: number;
  readonly exp?: number;
  readonly sub?: string;
  readonly 'kubernetes.io'?: { readonly serviceaccount?: { readonly uid?: string } };
}

/** Reads a JSON web token (RFC 7519); undefined for anything else, and for one that never ends. */
export function tokenClaims(token: string): TokenClaims | undefined {
  try {
    const payload = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Payload;
    const { iat, exp, sub } = payload;
    if (iat === undefined || exp === undefined || sub === undefined) return undefined;
    const accountUid = payload['kubernetes.io']?.serviceaccount?.uid;
    return { issuedAt: iat, expires: exp, subject: sub, accountUid };
  } catch {
    return undefined;
  }
}

/** Whether less than half of a token's life is left at a time in milliseconds: then it is renewed. */
export const isHalfGone = ({ issuedAt, expires }: TokenClaims, now: number): boolean =>
  now / 1000 > (issuedAt + expires) / 2;
