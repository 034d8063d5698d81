import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CARRIED, carry, leadsTo, userOf } from '../../executor/aggregation/authenticate.ts';
import { reviewOf } from '../../executor/aggregation/authorize.ts';
import { isReachable, subsetsOf } from '../../executor/aggregation/endpoints.ts';
import { executorOf, isLive } from '../../executor/aggregation/nodes.ts';
import { parseRequestHeader } from '../../executor/aggregation/request-header.ts';
import { requestInfo } from '../../executor/apiserver/http/request-info.ts';
import { issue, type KeyPair } from '../../executor/apiserver/pki/certificate.ts';
import { ACCESS_ANNOTATION, formatAddress, parseAddress } from '../../schemas/cluster.ts';

const NOW = new Date();

function signed(ca: KeyPair, commonName: string): X509Certificate {
  const issuer = { ...ca, keyObject: createPrivateKey(ca.key) };
  return new X509Certificate(issue({ commonName, usage: 'client', days: 1, issuer }, NOW).certificate);
}
const authority = (): KeyPair => issue({ commonName: 'same-name', usage: 'ca', days: 1 }, NOW);

describe('who asks', () => {
  it('is carried to the next executor as he came', () => {
    const user = { name: 'ada', groups: ['a', 'b'], extra: { 'example.com/scopes': ['x', 'y z'] } };
    expect(userOf(carry(user), CARRIED)).toEqual(user);
  });
  it('is nobody without a name', () => {
    expect(() => userOf({ 'x-remote-group': ['system:masters'] }, CARRIED)).toThrow('Unauthorized');
    expect(() => userOf({ 'x-remote-user': [''] }, CARRIED)).toThrow('Unauthorized');
  });
  it('is told by the headers that the API server names, and no others', () => {
    const names = { userHeaders: ['x-user'], groupHeaders: ['x-group'], extraPrefixes: [] };
    const headers = { 'x-user': ['ada'], 'x-remote-user': ['root'], 'x-remote-group': ['system:masters'] };
    expect(userOf(headers, names)).toEqual({ name: 'ada', groups: [] });
  });
  it('is believed by signature: the same name of an authority is not enough', () => {
    const [ours, theirs] = [authority(), authority()];
    expect(leadsTo(signed(ours, 'x'), ours.certificate)).toBe(true);
    expect(leadsTo(signed(theirs, 'x'), ours.certificate)).toBe(false);
    expect(leadsTo(signed(theirs, 'x'), `${ours.certificate}${theirs.certificate}`)).toBe(true);
    expect(leadsTo(undefined, ours.certificate)).toBe(false);
    expect(leadsTo(signed(ours, 'x'), '')).toBe(false);
  });
});

describe('what the API server publishes', () => {
  it('is read, its header names in lower case', () => {
    const data = {
      'requestheader-client-ca-file': 'PEM',
      'requestheader-allowed-names': '["front-proxy-client"]',
      'requestheader-username-headers': '["X-Remote-User"]',
    };
    expect(parseRequestHeader(data)).toEqual({
      ...{ ca: 'PEM', allowedNames: ['front-proxy-client'], userHeaders: ['x-remote-user'] },
      ...{ groupHeaders: [], extraPrefixes: [] },
    });
  });
  it('says what is missing where nothing is aggregated', () => {
    expect(() => parseRequestHeader({})).toThrow('requestheader-client-ca-file');
  });
});

describe('whether he may', () => {
  const info = requestInfo('/apis/subresources.vmctl.dev/v1alpha1/namespaces/a/virtualmachines/web/portforward/22/tcp');
  it.each([
    ['GET', 'get'],
    ['POST', 'create'],
    ['PUT', 'update'],
  ])('%s asks for %s', (method, verb) => {
    if (!info) throw new Error('no path');
    expect(reviewOf({ name: 'ada', groups: ['g'] }, method, info)).toMatchObject({
      spec: {
        ...{ user: 'ada', groups: ['g'] },
        resourceAttributes: {
          ...{ verb, group: 'subresources.vmctl.dev', namespace: 'a', name: 'web' },
          ...{ resource: 'virtualmachines', subresource: 'portforward' },
        },
      },
    });
  });
  it('asks for no method that there is no verb for', () => {
    if (!info) throw new Error('no path');
    expect(() => reviewOf({ name: 'ada', groups: [] }, 'TRACE', info)).toThrow('does not allow this method');
  });
});

describe('where executors are', () => {
  it.each(['10.0.0.1:10750', '[fd00::1]:443'])('%s there and back', (text) => {
    const { host = '', port = 0 } = parseAddress(text) ?? {};
    expect(formatAddress(host, port)).toBe(text);
  });
  it.each(['', 'x', '10.0.0.1', '10.0.0.1:0', '10.0.0.1:99999', 'host:1', 'fd00::1:443', undefined])(
    '%s is none',
    (text) => expect(parseAddress(text)).toBeUndefined(),
  );
  it.each([
    ['10.0.0.1', true],
    ['fd00::1', true],
    ['127.0.0.2', false],
    ['169.254.1.1', false],
    ['::1', false],
    ['0.0.0.0', false],
    ['x', false],
  ])('%s in endpoints: %s', (ip, is) => expect(isReachable(ip)).toBe(is));
  it('is one subset for each port, whoever came first', () => {
    const executors = [
      { node: 'b', host: '10.0.0.2', port: 2 },
      { node: 'c', host: '127.0.0.1', port: 2 },
      { node: 'a', host: '10.0.0.1', port: 2 },
      { node: 'd', host: '10.0.0.1', port: 1 },
    ];
    const port = (number: number) => [{ name: 'https', port: number, protocol: 'TCP' }];
    expect(subsetsOf(executors)).toEqual([
      { addresses: [{ ip: '10.0.0.1', nodeName: 'd' }], ports: port(1) },
      {
        addresses: [
          { ip: '10.0.0.1', nodeName: 'a' },
          { ip: '10.0.0.2', nodeName: 'b' },
        ],
        ports: port(2),
      },
    ]);
    expect(subsetsOf([...executors].reverse())).toEqual(subsetsOf(executors));
  });
  it('is believed for as long as the lease says', () => {
    const lease = {
      ...{ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' },
      metadata: { name: 'one', annotations: { [ACCESS_ANNOTATION]: '10.0.0.1:1' } },
      spec: { renewTime: '2026-01-01T00:00:00.000000Z', leaseDurationSeconds: 40 },
    };
    const at = (seconds: number) => Date.parse('2026-01-01T00:00:00Z') + seconds * 1000;
    expect([isLive(lease, at(39)), isLive(lease, at(41)), isLive({ ...lease, spec: {} }, at(0))]).toEqual([
      true,
      false,
      false,
    ]);
    expect(executorOf(lease)).toEqual({ node: 'one', host: '10.0.0.1', port: 1 });
    expect(executorOf({ ...lease, metadata: { name: 'one' } })).toBeUndefined();
  });
});
