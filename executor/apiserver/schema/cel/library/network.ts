import type { Environment } from '@marcbachmann/cel-js';
import { Cidr, Ip, parseCidr, parseIp } from './address.ts';

class IpNamespace {}

function ip(text: string): Ip {
  const parsed = parseIp(text);
  if (!parsed) throw new Error(`IP Address "${text}" parse error during conversion from string: unable to parse IP`);
  return parsed;
}

function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if (!parsed) throw new Error(`network address parse error during conversion from string: invalid CIDR: "${text}"`);
  return parsed;
}

/** Kubernetes' IP and CIDR libraries. */
export function registerNetwork(env: Environment): void {
  env.registerType('IP', Ip).registerType('CIDR', Cidr).registerType('IPNamespace', IpNamespace);
  env.registerConstant('ip', 'IPNamespace', new IpNamespace());
  registerIp(env);
  registerCidr(env);
}

function registerIp(env: Environment): void {
  env.registerFunction('ip(string): IP', ip);
  env.registerFunction('isIP(string): bool', (text: string) => parseIp(text) !== undefined);
  env.registerFunction(
    'IPNamespace.isCanonical(string): bool',
    (_: IpNamespace, text: string) => ip(text).toString() === text,
  );
  env.registerFunction('string(IP): string', String);
  env.registerFunction('IP.family(): int', (address: Ip) => BigInt(address.family));
  env.registerFunction('IP.isUnspecified(): bool', (address: Ip) => address.isUnspecified());
  env.registerFunction('IP.isLoopback(): bool', (address: Ip) => address.isLoopback());
  env.registerFunction('IP.isLinkLocalMulticast(): bool', (address: Ip) => address.isLinkLocalMulticast());
  env.registerFunction('IP.isLinkLocalUnicast(): bool', (address: Ip) => address.isLinkLocalUnicast());
  env.registerFunction('IP.isGlobalUnicast(): bool', (address: Ip) => address.isGlobalUnicast());
  env.registerOperator('IP == IP', (a: Ip, b: Ip) => a.equals(b));
}

function registerCidr(env: Environment): void {
  env.registerFunction('cidr(string): CIDR', cidr);
  env.registerFunction('isCIDR(string): bool', (text: string) => parseCidr(text) !== undefined);
  env.registerFunction('string(CIDR): string', String);
  env.registerFunction('CIDR.containsIP(string): bool', (range: Cidr, address: string) =>
    range.containsIp(ip(address)),
  );
  env.registerFunction('CIDR.containsIP(IP): bool', (range: Cidr, address: Ip) => range.containsIp(address));
  env.registerFunction('CIDR.containsCIDR(string): bool', (range: Cidr, other: string) =>
    range.containsCidr(cidr(other)),
  );
  env.registerFunction('CIDR.containsCIDR(CIDR): bool', (range: Cidr, other: Cidr) => range.containsCidr(other));
  env.registerFunction('CIDR.ip(): IP', (range: Cidr) => range.ip);
  env.registerFunction('CIDR.masked(): CIDR', (range: Cidr) => range.masked());
  env.registerFunction('CIDR.prefixLength(): int', (range: Cidr) => BigInt(range.bits));
  env.registerOperator('CIDR == CIDR', (a: Cidr, b: Cidr) => a.bits === b.bits && a.ip.equals(b.ip));
}
