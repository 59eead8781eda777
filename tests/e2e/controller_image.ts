// The image of Containerfile without an engine that could build one: the same program, kubectl and shell in a folder, with
// the libraries that they are linked to, made an image by the lab's `load`.

import assert from "node:assert/strict";
import { basename, dirname } from "node:path";

const root = new URL("../..", import.meta.url).pathname;

/** Gives it to the node; resolves to its name. */
export async function loadControllerImage(cluster: string): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/usr/local/bin`, { recursive: true });
    const bundle = `${folder}/bundle.js`;
    await output(Deno.execPath(), "bundle", "-q", "-o", bundle, `${root}qupods.ts`);
    const hash = await crypto.subtle.digest("SHA-256", await Deno.readFile(bundle));
    await Deno.rename(bundle, `${folder}/usr/local/bin/qupods`);
    await Deno.chmod(`${folder}/usr/local/bin/qupods`, 0o755);
    const programs = { deno: Deno.execPath(), kubectl: await which("kubectl") };
    for (const [name, path] of Object.entries(programs)) {
      await Deno.copyFile(path, `${folder}/usr/local/bin/${name}`);
    }
    for (const name of ["sh", "rm", "env"]) await copy(await which(name), `${folder}/bin/${name}`);
    // `#!/usr/bin/env`
    await copy(await which("env"), `${folder}/usr/bin/env`);
    const linked = await Promise.all(
      [...Object.values(programs), ...await Promise.all(["sh", "rm", "env"].map(which))].map(libraries),
    );
    for (const path of new Set(linked.flat())) await copy(path, folder + path);
    const tag = `library/qupods-e2e:${new Uint8Array(hash).slice(0, 6).toHex()}`;
    await output(`${cluster}/load`, tag, folder, "qupods");
    return tag.replace("library/", "");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Shared libraries and the loader of a program; none if it is static. */
async function libraries(program: string): Promise<string[]> {
  const result = await new Deno.Command("ldd", { args: [program] }).output();
  return [...new TextDecoder().decode(result.stdout).matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)].map((match) =>
    match[1] ?? ""
  );
}

async function which(name: string): Promise<string> {
  const path = (await output("sh", "-c", `command -v ${name}`)).trim();
  return await Deno.realPath(path);
}

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(dirname(to), { recursive: true });
  await Deno.copyFile(from, to);
}

async function output(program: string, ...args: string[]): Promise<string> {
  const result = await new Deno.Command(program, { args, stdin: "null" }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert.ok(result.success, `${basename(program)} ${args.join(" ")}: ${text(result.stderr)}`);
  return text(result.stdout);
}
