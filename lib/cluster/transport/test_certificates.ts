// Certificates for tests: an authority of one's own, and what it signs. X.509 (RFC 5280) as far as a TLS client looks, written
// in DER by hand, so that no program and no file with an end date is needed.

/** A certificate and its private key, PEM. */
export interface Certified {
  readonly cert: string;
  readonly key: string;
}

/** Signs for others. */
export interface Authority extends Certified {
  /** @param names DNS names and IP addresses of a server; none for a client */
  sign(commonName: string, names?: readonly string[]): Promise<Certified>;
}

const P256 = { name: "ECDSA", namedCurve: "P-256" } as const;
const ECDSA_WITH_SHA256 = der(0x30, oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
const YEAR_MILLISECONDS = 31_536_000_000;

/** A fresh authority of a name that no other has. */
export async function makeAuthority(): Promise<Authority> {
  const commonName = `authority ${crypto.randomUUID()}`;
  const keys = await crypto.subtle.generateKey(P256, true, ["sign", "verify"]);
  const isAuthority = extension([0x55, 0x1d, 0x13], der(0x30, der(0x01, [0xff])), true);
  const issuer = { commonName, key: keys.privateKey };
  const self = await certify(issuer, commonName, keys, [isAuthority]);
  return {
    ...self,
    async sign(name, names = []) {
      const own = await crypto.subtle.generateKey(P256, true, ["sign", "verify"]);
      const alternative = extension([0x55, 0x1d, 0x11], der(0x30, ...names.map(generalName)));
      return await certify(issuer, name, own, names.length === 0 ? [] : [alternative]);
    },
  };
}

async function certify(
  issuer: { readonly commonName: string; readonly key: CryptoKey },
  subject: string,
  keys: CryptoKeyPair,
  extensions: readonly Uint8Array[],
): Promise<Certified> {
  const now = Date.now();
  const body = der(
    0x30,
    der(0xa0, der(0x02, [2])), // version 3
    der(0x02, [1, ...crypto.getRandomValues(new Uint8Array(8))]),
    ECDSA_WITH_SHA256,
    name(issuer.commonName),
    der(0x30, time(now - YEAR_MILLISECONDS), time(now + YEAR_MILLISECONDS)),
    name(subject),
    new Uint8Array(await crypto.subtle.exportKey("spki", keys.publicKey)),
    ...extensions.length === 0 ? [] : [der(0xa3, der(0x30, ...extensions))],
  );
  const raw = new Uint8Array(
    await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, issuer.key, body),
  );
  const signature = der(0x30, integer(raw.subarray(0, 32)), integer(raw.subarray(32)));
  const key = new Uint8Array(await crypto.subtle.exportKey("pkcs8", keys.privateKey));
  return {
    cert: pem("CERTIFICATE", der(0x30, body, ECDSA_WITH_SHA256, der(0x03, [0], signature))),
    key: pem("PRIVATE KEY", key),
  };
}

/** One value with its tag and length. */
function der(tag: number, ...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array<ArrayBuffer> {
  const content = parts.flatMap((part) => [...part]);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Uint8Array.from([tag, ...size, ...content]);
}

function oid(...bytes: readonly number[]): Uint8Array {
  return der(0x06, bytes);
}

/** Unsigned: a first bit that is set would make it negative. */
function integer(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const rest = bytes.subarray(start);
  return der(0x02, (rest[0] ?? 0) > 127 ? [0] : [], rest);
}

function name(commonName: string): Uint8Array {
  const text = new TextEncoder().encode(commonName);
  return der(0x30, der(0x31, der(0x30, oid(0x55, 0x04, 0x03), der(0x0c, text))));
}

function time(milliseconds: number): Uint8Array {
  const text = new Date(milliseconds).toISOString().replace(/[-:T]|\.\d+/g, "");
  return der(0x18, new TextEncoder().encode(text));
}

function extension(id: readonly number[], value: Uint8Array, isCritical = false): Uint8Array {
  return der(0x30, oid(...id), isCritical ? der(0x01, [0xff]) : [], der(0x04, value));
}

function generalName(text: string): Uint8Array {
  if (text === "::1") return der(0x87, [...new Uint8Array(15), 1]);
  if (/^[\d.]+$/.test(text)) return der(0x87, text.split(".").map(Number));
  return der(0x82, new TextEncoder().encode(text));
}

function pem(label: string, bytes: Uint8Array): string {
  const lines = bytes.toBase64().match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
