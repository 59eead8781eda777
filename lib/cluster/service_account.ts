// The service account that Kubernetes gives every container: where the API server is, whom to trust, and who the pod is.
// Names and files are those of client-go's rest.InClusterConfig.

/** What a pod is given. */
export interface ServiceAccount {
  readonly server: string;
  readonly namespace: string;
  /** File that holds the token of the moment: the kubelet writes a new one into it before the old one expires. */
  readonly tokenFile: string;
  /** PEM; null if there is no such file. */
  readonly authority: string | null;
}

const FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Null outside of a cluster. */
export async function readServiceAccount(folder: string = FOLDER): Promise<ServiceAccount | null> {
  const host = Deno.env.get("KUBERNETES_SERVICE_HOST") ?? "";
  if (host === "") return null;
  const port = Deno.env.get("KUBERNETES_SERVICE_PORT") || "443";
  return {
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    namespace: (await readFile(`${folder}/namespace`))?.trim() || "default",
    tokenFile: `${folder}/token`,
    authority: await readFile(`${folder}/ca.crt`),
  };
}

async function readFile(path: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
