/** What somebody who just tries the service needs next: commands that work when pasted into a shell. */
export const welcome = (url: string, adminToken: string, lifetime: string): string => `
The payments API listens on ${url}, with its own PostgreSQL in .data/.
Its reference, with a first payment to try, is at ${url}/docs

Admin token, valid for ${lifetime} (npm run -s cli -- admin-token makes another):
${adminToken}

Create a first client and keep its API key, which is shown only this once:
API_KEY=$(curl -sS ${url}/accounts -H 'Authorization: Bearer ${adminToken}' -H 'Content-Type: application/json' -d '{"name":"Acme","email":"ops@acme.example"}' | sed 's/.*"apiKey":"\\([^"]*\\)".*/\\1/'); echo "$API_KEY"

Create its first payment, 12.50 EUR:
curl -sS ${url}/payments/create -H "x-api-key: $API_KEY" -H 'Content-Type: application/json' -d '{"amount":1250,"currency":"EUR"}'
`;
