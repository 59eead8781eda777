// Whether a quota that is full would ever have room for a pod: one that asks for more than all of it would be sent for ever,
// and hold up all others meanwhile. Pure.

/** As the quota's admission words it (apiserver/pkg/admission/plugin/resourcequota/controller.go); the lists have equal keys. */
const EXCEEDED = /exceeded quota: .*?, requested: (\S+), used: \S+, limited: (\S+)/;

/** What each unit of a quantity stands for. */
const UNITS: { readonly [unit: string]: number } = {
  "": 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * What of a pod is more than all that a quota gives (`requests.cpu=8 of 4`), by the server's words; empty if there will be room
 * once others have ended. Of a number of pods there will be in any case: a quota of none is a namespace that is closed for a
 * while.
 */
export function beyondQuota(message: string): string {
  const [, requested = "", limited = ""] = message.match(EXCEEDED) ?? [];
  const limits = new Map(entries(limited));
  return entries(requested)
    .filter(([key, text]) => !/^(?:count\/)?pods$/.test(key) && amount(text) > amount(limits.get(key) ?? ""))
    .map(([key, text]) => `${key}=${text} of ${limits.get(key)}`)
    .join(", ");
}

function entries(list: string): [key: string, quantity: string][] {
  return list.split(",").map((entry) => {
    const at = entry.indexOf("=");
    return [entry.slice(0, at), entry.slice(at + 1)];
  });
}

/** NaN, which is more than nothing, for what is no quantity. */
function amount(text: string): number {
  const [, digits, exponent = "", unit = ""] =
    text.match(/^(\d+\.?\d*)(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i))?$/) ??
      [];
  return Number(`${digits}${exponent}`) * (UNITS[unit] ?? NaN);
}
