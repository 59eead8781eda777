// CPU time, from /proc: of the processes that this one started and waited for, and of the cluster's own.

const TICK_MILLISECONDS = 10;
const PAGE_BYTES = 4096;
const SERVERS = new Set([
  "etcd",
  "kube-apiserver",
  "kube-controller",
  "kube-controller-manager",
  "kube-scheduler",
  "kubelet",
  "containerd",
  "kwok",
]);

/** CPU milliseconds of all ended children, theirs included. */
export function childrenCpu(): number {
  const fields = statFields("self");
  return (Number(fields[13]) + Number(fields[14])) * TICK_MILLISECONDS;
}

/** CPU milliseconds of the cluster's processes in this network namespace; null where there are none to be seen. */
export function serverCpu(): number | null {
  const here = Deno.readLinkSync("/proc/self/ns/net");
  let sum: number | null = null;
  for (const { name: pid } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      const command = Deno.readTextFileSync(`/proc/${pid}/comm`).trim();
      if (!SERVERS.has(command) || Deno.readLinkSync(`/proc/${pid}/ns/net`) !== here) continue;
      const fields = statFields(pid);
      sum = (sum ?? 0) + (Number(fields[11]) + Number(fields[12])) * TICK_MILLISECONDS;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound || isGone(error))) throw error;
    }
  }
  return sum;
}

/** What a process and all that it has started take. */
export interface Usage {
  readonly cpuMilliseconds: number;
  /** Resident. */
  readonly megabytes: number;
}

/** Of a process and its descendants, as far as they still run. */
export function treeUsage(root: number): Usage {
  const children = new Map<string, string[]>();
  const all = new Map<string, string[]>();
  for (const { name: pid } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      const fields = statFields(pid);
      all.set(pid, fields);
      const parent = fields[1] ?? "";
      children.set(parent, [...children.get(parent) ?? [], pid]);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound || isGone(error))) throw error;
    }
  }
  let cpuMilliseconds = 0;
  let megabytes = 0;
  const add = (pid: string): void => {
    const fields = all.get(pid) ?? [];
    cpuMilliseconds += (Number(fields[11]) + Number(fields[12])) * TICK_MILLISECONDS;
    megabytes += Number(fields[21]) * PAGE_BYTES / 2 ** 20;
    for (const child of children.get(pid) ?? []) add(child);
  };
  add(String(root));
  return { cpuMilliseconds, megabytes };
}

/** Fields of /proc/PID/stat from the third on (the second, a name, may hold spaces). */
function statFields(pid: string): string[] {
  const text = Deno.readTextFileSync(`/proc/${pid}/stat`);
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
}

/** A process that ends while it is read answers ESRCH. */
function isGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ESRCH" || error.code === "EACCES");
}
