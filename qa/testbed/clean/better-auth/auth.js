import { randomBytes } from 'node:crypto';
import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { APIError, createAuthMiddleware } from 'better-auth/api';

const common = new Set([
  'password1234567', '123456789012345', '1234567890123456', 'qwertyuiopasdfg', 'iloveyouiloveyou', 'passwordpassword',
  'letmeinletmeinletmein', 'abcdefghijklmnop', 'aaaaaaaaaaaaaaa', 'correcthorsebatterystaple',
]);

const people = [
  { email: 'alice@example.org', name: 'Alice', role: 'member', password: 'violet-anchor-1842-mango' },
  { email: 'bruno@example.org', name: 'Bruno', role: 'member', password: 'copper-lantern-5530-fjord' },
  { email: 'root@example.org', name: 'Root', role: 'admin', password: 'granite-harbor-7719-plum' },
];

// The header in which the server itself writes where a request comes from.
export const addressHeader = 'x-caller-address';

// A new password ends the other sessions, whether the caller asks for that or not.
const beforeEndpoints = createAuthMiddleware(async ({ path, body }) => {
  if (path !== '/change-password') return undefined;
  if (common.has(String(body?.newPassword).toLowerCase())) {
    throw new APIError('UNPROCESSABLE_ENTITY', { message: 'This password is one of the most common.' });
  }
  return { context: { body: { ...body, revokeOtherSessions: true } } };
});

export async function makeAuth(baseURL) {
  const auth = betterAuth({
    baseURL,
    secret: randomBytes(32).toString('hex'),
    database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
    emailAndPassword: { enabled: true, disableSignUp: true, minPasswordLength: 15, maxPasswordLength: 128 },
    user: { additionalFields: { role: { type: 'string', input: false } } },
    hooks: { before: beforeEndpoints },
    rateLimit: {
      enabled: true,
      storage: 'memory',
      customRules: { '/sign-in/email': { window: 10, max: 10 } },
    },
    advanced: { useSecureCookies: true, ipAddress: { ipAddressHeaders: [addressHeader] } },
    telemetry: { enabled: false },
    logger: { disabled: true },
  });
  await addPeople(await auth.$context);
  return auth;
}

async function addPeople({ internalAdapter, password: passwords }) {
  for (const { password, ...person } of people) {
    const user = await internalAdapter.createUser({ ...person, emailVerified: true });
    await internalAdapter.linkAccount({
      userId: user.id,
      accountId: user.id,
      providerId: 'credential',
      password: await passwords.hash(password),
    });
  }
}
