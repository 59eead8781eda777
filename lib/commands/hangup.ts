// Whether this program was started to outlive its terminal, as `nohup` does it: by having SIGHUP ignored.

/**
 * To be asked before anybody listens for a signal: what is ignored then every child ignores, too. So a shell sends it to
 * itself, and ends well only where it is ignored; Linux alone tells it otherwise, in /proc, which Deno lets nobody read who
 * has not all permissions. False where no shell may be started.
 */
export function isHangupIgnored(): boolean {
  if (Deno.permissions.querySync({ name: "run", command: "sh" }).state !== "granted") return false;
  const quiet = { stdin: "null", stdout: "null", stderr: "null" } as const;
  try {
    return new Deno.Command("sh", { args: ["-c", "kill -HUP $$"], ...quiet }).outputSync().success;
  } catch (error) {
    if (error instanceof TypeError) throw error;
    return false; // no process to be had just now
  }
}
