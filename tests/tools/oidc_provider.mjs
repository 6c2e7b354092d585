// An issuer by other people (npm oidc-provider): says its address on a line of its own, and lives until stdin ends.
import { createServer } from "node:http";
import { generateKeyPairSync } from "node:crypto";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(`${process.argv[2]}/`);
const { default: Provider } = await import(pathToFileURL(require.resolve("oidc-provider")));
const [back, client, secret, email, alg] = process.argv.slice(3);
const made = { RS256: ["rsa", { modulusLength: 2048 }], ES256: ["ec", { namedCurve: "P-256" }] };
const jwk = (name) => {
  const { privateKey } = generateKeyPairSync(...made[name]);
  return { ...privateKey.export({ format: "jwk" }), kid: name, use: "sig", alg: name };
};
const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const provider = new Provider(`http://127.0.0.1:${server.address().port}`, {
    clients: ["RS256", "ES256"].map((alg) => ({
      client_id: `${client}-${alg}`,
      client_secret: secret,
      redirect_uris: [`${back}/${alg.toLowerCase()}0000000/back`],
      id_token_signed_response_alg: alg,
    })),
    jwks: { keys: [jwk("RS256"), jwk("ES256")] },
    claims: { openid: ["sub"], email: ["email", "email_verified"] },
    conformIdTokenClaims: false,
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, email, email_verified: true }) }),
  });
  server.on("request", provider.callback());
  console.log(server.address().port);
});
process.stdin.resume().on("end", () => process.exit());
