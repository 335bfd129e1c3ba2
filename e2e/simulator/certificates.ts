import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generate } from 'selfsigned';

/** All PEM. The authority's own key is thrown away: it signs one certificate and nothing after it. */
export interface Certificates {
  ca: string;
  key: string;
  cert: string;
}

const DAY_MS = 86_400_000;
const VALID_DAYS = 365;
const RENEW_WITHIN_DAYS = 7;

/** Makes an authority and, signed by it, a server certificate for this machine's own names, and for others. */
export async function makeCertificates(now = Date.now(), names: string[] = []): Promise<Certificates> {
  const validity = {
    keyType: 'ec',
    algorithm: 'sha256',
    // A day back, for machines whose clocks disagree.
    notBeforeDate: new Date(now - DAY_MS),
    notAfterDate: new Date(now + VALID_DAYS * DAY_MS),
  } as const;
  const authority = await generate([{ name: 'commonName', value: 'FCM simulator CA' }], {
    ...validity,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: 'commonName', value: 'localhost' }], {
    ...validity,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          ...names.map((value) => ({ type: 2 as const, value })),
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  });
  return { ca: authority.cert, key: server.private, cert: server.cert };
}

/** Certificates kept in `dir` as ca.pem, key.pem and cert.pem; made when missing or about to expire. */
export async function keptCertificates(dir: string, now = Date.now()): Promise<Certificates> {
  const paths = { ca: join(dir, 'ca.pem'), key: join(dir, 'key.pem'), cert: join(dir, 'cert.pem') };
  if (Object.values(paths).every((path) => existsSync(path))) {
    const kept = {
      ca: readFileSync(paths.ca, 'utf8'),
      key: readFileSync(paths.key, 'utf8'),
      cert: readFileSync(paths.cert, 'utf8'),
    };
    if (isGood(kept, now)) return kept;
  }
  const made = await makeCertificates(now);
  mkdirSync(dir, { recursive: true });
  writeFileSync(paths.key, made.key, { mode: 0o600 });
  writeFileSync(paths.cert, made.cert);
  writeFileSync(paths.ca, made.ca);
  return made;
}

function isGood({ ca, cert }: Certificates, now: number): boolean {
  try {
    const certificate = new X509Certificate(cert);
    const authority = new X509Certificate(ca);
    const endsAt = Math.min(Date.parse(certificate.validTo), Date.parse(authority.validTo));
    return certificate.verify(authority.publicKey) && endsAt > now + RENEW_WITHIN_DAYS * DAY_MS;
  } catch {
    // Not a certificate at all: a file cut off by a full disk, or somebody else's.
    return false;
  }
}
