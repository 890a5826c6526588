package api_test

import "strings"

// Sentences that several transcripts say.
const (
	noToken      = "Without an access token there is no answer."
	notThere     = "What is not there, or not where the caller can see it, is not found."
	nothingNew   = "With the ETag of what the client has, the answer is sent only if it says something new."
	asCSV        = "The same as CSV."
	whatWasRead  = "With If-Match the change is made only if nobody else made one since the client read it."
	onlyForUsers = "An application has no access keys of its own."
	onceMore     = "With the same Idempotency-Key again, as after a lost answer: the first answer is repeated, and nothing is made twice."
)

// transcripts are the scripts, by operation. {name} stands for what the stage
// has; {ETag} is that of the answer before.
//
// Ada is System administrator; Bob is a user without access rules; viewer and
// nobody are applications with the role Viewer and with none.
var transcripts = map[string][]exchange{
	// Tokens.
	"createToken": {
		{"The present form.", "", "POST /api/v1/token", `{"grantType":"client_credentials","clientId":"ci-pipeline-prod","clientSecret":"{ci.key}"}`, nil},
		{"The older form.", "", "POST /api/v1/token", `{"grantType":"app_token","AppId":"ci-pipeline-prod","AppSecret":"{ci.key}"}`, nil},
		{"The application's id does as well as its client id.", "", "POST /api/v1/token", `{"grantType":"client_credentials","clientId":"{ci}","clientSecret":"{ci.key}"}`, nil},
		{"A wrong key. An unknown client or a disabled application is told the same.", "", "POST /api/v1/token", `{"grantType":"client_credentials","clientId":"ci-pipeline-prod","clientSecret":"lk_wrong"}`, nil},
		{"A grant that there is not.", "", "POST /api/v1/token", `{"grantType":"password","username":"ada@example.com","password":"guessed"}`, nil},
	},
	"createOAuthToken": {
		{"The credentials in the body.", "", "POST /api/v2/token", `grant_type=client_credentials&client_id=ci-pipeline-prod&client_secret={ci.key}`, nil},
		{"A token that can do less than the access rules allow.", "", "POST /api/v2/token", `grant_type=client_credentials&scope=jobs:read+jobs:create+jobs:read&client_id=ci-pipeline-prod&client_secret={ci.key}`, nil},
		{"More than the access rules allow.", "", "POST /api/v2/token", `grant_type=client_credentials&scope=users:create&client_id=ci-pipeline-prod&client_secret={ci.key}`, nil},
		{"A resource that tokens are not made for.", "", "POST /api/v2/token", `grant_type=client_credentials&resource=https://elsewhere.example&client_id=ci-pipeline-prod&client_secret={ci.key}`, nil},
		{"A wrong key.", "", "POST /api/v2/token", `grant_type=client_credentials&client_id=ci-pipeline-prod&client_secret=lk_wrong`, nil},
	},
	"introspectToken": {
		{"Ada's access key asks about a token of ci-pipeline-prod.", "", "POST /api/v2/token/introspect", `token={ci.token}&client_id={ada.client}&client_secret={ada.secret}`, nil},
		{"A token that is not good, for whatever reason.", "", "POST /api/v2/token/introspect", `token=garbage&client_id={ada.client}&client_secret={ada.secret}`, nil},
		{"An application that may read no applications.", "", "POST /api/v2/token/introspect", `token={ci.token}&client_id=ci-pipeline-prod&client_secret={ci.key}`, nil},
	},
	"revokeToken": {
		{"An application ends a token of its own.", "", "POST /api/v2/token/revoke", `token={ci.token}&client_id=ci-pipeline-prod&client_secret={ci.key}`, nil},
		{"A wrong key.", "", "POST /api/v2/token/revoke", `token={ci.token}&client_id=ci-pipeline-prod&client_secret=lk_wrong`, nil},
	},
	"createRealmToken": {
		{"The realm is the name of the organisation.", "", "POST /auth/realms/acme/protocol/openid-connect/token", `grant_type=client_credentials&scope=openid&client_id=ci-pipeline-prod&client_secret={ci.key}`, nil},
		{"Another realm.", "", "POST /auth/realms/other/protocol/openid-connect/token", `grant_type=client_credentials&client_id=ci-pipeline-prod&client_secret={ci.key}`, nil},
	},
	"createLegacyToken": {
		{"By the client id.", "", "POST /v1/k8s/auth/oauth/apptoken", `{"id":"{ci}","name":"ci-pipeline-prod","secret":"{ci.key}"}`, nil},
		{"Without a key.", "", "POST /v1/k8s/auth/oauth/apptoken", `{"id":"{ci}","name":"ci-pipeline-prod"}`, nil},
	},
	"getKeySet": {
		{"The keys that verify access tokens.", "", "GET /.well-known/jwks.json", "", nil},
		{"Only if there are others by now.", "", "GET /.well-known/jwks.json", "", []string{"If-None-Match", "{ETag}"}},
	},
	"verifyToken": {
		{"Who asks, and what they may do in the whole organisation.", "viewer", "GET /api/v1/auth/verify", "", nil},
		{"Whoever may read jobs may pass.", "viewer", "GET /api/v1/auth/verify?permission=jobs:read&scope=/", "", nil},
		{"They may not delete them.", "viewer", "GET /api/v1/auth/verify?permission=jobs:delete", "", nil},
		{"Without an access token.", "", "GET /api/v1/auth/verify", "", nil},
		{"With one that is not good.", "", "GET /api/v1/auth/verify", "", []string{"Authorization", "Bearer guessed"}},
	},
	"getServerMetadata": {
		{"Where the endpoints for tokens are.", "", "GET /.well-known/oauth-authorization-server", "", nil},
		{"Only if it is different by now.", "", "GET /.well-known/oauth-authorization-server", "", []string{"If-None-Match", "{ETag}"}},
	},
	"getOpenIDConfiguration": {
		{"The same as the other metadata.", "", "GET /.well-known/openid-configuration", "", nil},
	},

	// Applications, by their older name.
	"listApplications": {
		{"All that the caller may read, oldest first.", "ada", "GET /api/v1/apps", "", nil},
		{"A page of what a filter leaves, by name.", "ada", "GET /api/v1/apps?filterBy=status==Active,name!=viewer&sortBy=name&limit=1", "", nil},
		{asCSV, "ada", "GET /api/v1/apps?search=ci-", "", []string{"Accept", "text/csv"}},
		{"A column that there is not.", "ada", "GET /api/v1/apps?filterBy=colour==red", "", nil},
	},
	"createApplication": {
		{"The secret key is in this answer and in no other.", "ada", "POST /api/v1/apps", `{"name":"nightly-backup","description":"Copies the shop's data every night."}`, []string{"Idempotency-Key", "8e03978e-40d5-43dd-bc93-6894a57f9324"}},
		{onceMore, "ada", "POST /api/v1/apps", `{"name":"nightly-backup","description":"Copies the shop's data every night."}`, []string{"Idempotency-Key", "8e03978e-40d5-43dd-bc93-6894a57f9324"}},
		{"With a public key instead of a secret key, which is empty then.", "ada", "POST /api/v1/apps", `{"name":"signed-backup","publicKey":{"name":"build server","key":"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw\",\"kid\":\"build-1\"}"}}`, nil},
		{"A name that is taken.", "ada", "POST /api/v1/apps", `{"name":"ci-pipeline-prod"}`, nil},
		{"A name that cannot be one.", "ada", "POST /api/v1/apps", `{"name":"Nightly backup"}`, nil},
	},
	"getApplication": {
		{"One application.", "ada", "GET /api/v1/apps/{ci}", "", nil},
		{nothingNew, "ada", "GET /api/v1/apps/{ci}", "", []string{"If-None-Match", "{ETag}"}},
		{notThere, "ada", "GET /api/v1/apps/{none}", "", nil},
	},
	"updateApplication": {
		{"Disabled, it gets no more access tokens, and those it has are refused.", "ada", "PATCH /api/v1/apps/{ci}", `{"enabled":false}`, nil},
		{whatWasRead, "ada", "PATCH /api/v1/apps/{ci}", `{"enabled":true,"description":"Deploys the shop."}`, []string{"If-Match", "{ETag}"}},
		{"Managed in one cluster from now on, by those who manage applications there.", "ada", "PATCH /api/v1/apps/{ci}", `{"scopeId":"{eu}"}`, nil},
		{"A place that is not there.", "ada", "PATCH /api/v1/apps/{ci}", `{"scopeId":"nowhere"}`, nil},
		{"Somebody else was first.", "ada", "PATCH /api/v1/apps/{ci}", `{"description":"Deploys the other shop."}`, []string{"If-Match", `"1"`}},
	},
	"deleteApplication": {
		{"Its key and its tokens are refused from now on.", "ada", "DELETE /api/v1/apps/{ci}", "", nil},
		{"It is gone already.", "ada", "DELETE /api/v1/apps/{ci}", "", nil},
	},
	"regenerateApplicationSecret": {
		{"The old key and its tokens are refused from now on.", "ada", "POST /api/v1/apps/{ci}/secret", "", nil},
		{notThere, "ada", "POST /api/v1/apps/{none}/secret", "", nil},
	},

	"removeApplicationSecret": {
		{"It goes on with its public keys alone.", "ada", "DELETE /api/v1/apps/{ci}/secret", "", nil},
		{"It has none any more.", "ada", "DELETE /api/v1/apps/{ci}/secret", "", nil},
		{"One without a public key could not sign in any more.", "ada", "DELETE /api/v1/apps/{viewer}/secret", "", nil},
	},

	"addPublicKey": {
		{"From now on it can prove itself with what it signs.", "ada", "POST /api/v1/apps/{ci}/public-keys", `{"name":"build server","key":"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw\",\"kid\":\"build-1\"}"}`, nil},
		{"It has that key already.", "ada", "POST /api/v1/apps/{ci}/public-keys", `{"key":"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw\"}"}`, nil},
		{"A private key, which must stay where it is.", "ada", "POST /api/v1/apps/{ci}/public-keys", `{"key":"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw\",\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\"}"}`, nil},
	},
	"listPublicKeys": {
		{"Those of one application.", "ada", "GET /api/v1/apps/{ci}/public-keys", "", nil},
		{asCSV, "ada", "GET /api/v1/apps/{ci}/public-keys", "", []string{"Accept", "text/csv"}},
		{notThere, "ada", "GET /api/v1/apps/{none}/public-keys", "", nil},
	},
	"deletePublicKey": {
		{"What is signed with it is refused from now on.", "ada", "DELETE /api/v1/apps/{ci}/public-keys/{ci.pub}", "", nil},
		{"It is gone already.", "ada", "DELETE /api/v1/apps/{ci}/public-keys/{ci.pub}", "", nil},
	},

	// Applications, by their newer name.
	"listServiceAccounts": {
		{"Those whose name begins so, the latest first.", "ada", "GET /api/v1/service-accounts?filterBy=name=^ci-&sortBy=createdAt&sortOrder=desc", "", nil},
	},
	"createServiceAccount": {
		{"Managed within one cluster: whoever manages applications there manages it.", "ada", "POST /api/v1/service-accounts", `{"name":"nightly-backup","scopeId":"{eu}"}`, nil},
		{"No name.", "ada", "POST /api/v1/service-accounts", `{"description":"Copies the shop's data every night."}`, nil},
	},
	"getServiceAccount": {
		{"The same application as by its older name.", "ada", "GET /api/v1/service-accounts/{ci}", "", nil},
	},
	"updateServiceAccount": {
		{"A description.", "ada", "PATCH /api/v1/service-accounts/{ci}", `{"description":"Deploys the shop."}`, nil},
		{"Nothing that can be changed.", "ada", "PATCH /api/v1/service-accounts/{ci}", `{"name":"other"}`, nil},
	},
	"deleteServiceAccount": {
		{"Only if it is the one that was read.", "ada", "DELETE /api/v1/service-accounts/{ci}", "", []string{"If-Match", `"1"`}},
	},
	"regenerateServiceAccountSecret": {
		{"The key is named twice, for clients of either name.", "ada", "POST /api/v1/service-accounts/{ci}/secret", "", nil},
	},
	"removeServiceAccountSecret": {
		{"It goes on with its public keys alone.", "ada", "DELETE /api/v1/service-accounts/{ci}/secret", "", nil},
	},
	"listServiceAccountPublicKeys": {
		{"The same as by its older name.", "ada", "GET /api/v1/service-accounts/{ci}/public-keys", "", nil},
	},
	"addServiceAccountPublicKey": {
		{"In PEM.", "ada", "POST /api/v1/service-accounts/{ci}/public-keys", `{"name":"build server","key":"-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7\n6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==\n-----END PUBLIC KEY-----\n"}`, nil},
		{"An RSA key that is too short.", "ada", "POST /api/v1/service-accounts/{ci}/public-keys", `{"key":"{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"` + shortModulus + `\"}"}`, nil},
	},
	"deleteServiceAccountPublicKey": {
		{"What is signed with it is refused from now on.", "ada", "DELETE /api/v1/service-accounts/{ci}/public-keys/{ci.pub}", "", nil},
	},

	// Access rules.
	"listAccessRules": {
		{"A page of all that the caller may see.", "ada", "GET /api/v1/authorization/access-rules?limit=2", "", nil},
		{"Those of one application.", "ada", "GET /api/v1/authorization/access-rules?subjectIds=ci-pipeline-prod", "", nil},
		{asCSV, "ada", "GET /api/v1/authorization/access-rules?sortBy=roleName", "", []string{"Accept", "text/csv"}},
		{"Whoever may read no access rules sees their own.", "viewer", "GET /api/v1/authorization/access-rules", "", nil},
		{"A page that is too large.", "ada", "GET /api/v1/authorization/access-rules?limit=501", "", nil},
	},
	"createAccessRule": {
		{"ci-pipeline-prod becomes L1 researcher in a department.", "ada", "POST /api/v1/authorization/access-rules", `{"subjectId":"ci-pipeline-prod","subjectType":"service-account","roleId":5,"scopeId":"{research}","scopeType":"department"}`, nil},
		{"It is there already.", "ada", "POST /api/v1/authorization/access-rules", `{"subjectId":"ci-pipeline-prod","subjectType":"service-account","roleId":5,"scopeId":"{research}","scopeType":"department"}`, nil},
		{"A scope that is of another type, and a subject that cannot be.", "ada", "POST /api/v1/authorization/access-rules", `{"subjectId":"ci-pipeline-prod","subjectType":"robot","roleId":5,"scopeId":"{research}","scopeType":"project"}`, nil},
	},
	"countAccessRules": {
		{"How many a filter leaves.", "ada", "GET /api/v1/authorization/access-rules/count?filterBy=scopeType==tenant", "", nil},
		{noToken, "", "GET /api/v1/authorization/access-rules/count", "", nil},
	},
	"batchAccessRules": {
		{"A dry run.", "ada", "POST /api/v1/authorization/access-rules/batch", `{"ids":["{rule}","4242"],"action":"validate_delete"}`, nil},
		{"Each is deleted, or refused, for itself.", "ada", "POST /api/v1/authorization/access-rules/batch", `{"ids":["{rule}","4242"],"action":"delete"}`, nil},
	},
	"batchCreateAccessRules": {
		{"A role for every subject in every scope.", "ada", "POST /api/v1/authorization/access-rules/batch-create", `{"payload":{"roleId":7,"subjects":[{"subjectId":"ci-pipeline-prod","subjectType":"service-account"},{"subjectId":"missing","subjectType":"service-account"}],"scopes":[{"scopeId":"{eu}","scopeType":"cluster"}]}}`, nil},
	},
	"getAccessRule": {
		{"One access rule, and where in the organisation its scope is.", "ada", "GET /api/v1/authorization/access-rules/{rule}", "", nil},
		{nothingNew, "ada", "GET /api/v1/authorization/access-rules/{rule}", "", []string{"If-None-Match", "{ETag}"}},
		{notThere, "viewer", "GET /api/v1/authorization/access-rules/{rule}", "", nil},
	},
	"deleteAccessRule": {
		{"From the next request on it counts no more.", "ada", "DELETE /api/v1/authorization/access-rules/{rule}", "", nil},
		{"It is gone already.", "ada", "DELETE /api/v1/authorization/access-rules/{rule}", "", nil},
	},
	"listMyAccessRules": {
		{"What the caller may do, rule by rule.", "ci", "GET /api/v1/authorization/me/access-rules", "", nil},
		{asCSV, "ci", "GET /api/v1/authorization/me/access-rules", "", []string{"Accept", "text/csv"}},
		{noToken, "", "GET /api/v1/authorization/me/access-rules", "", nil},
	},
	"countMyAccessRules": {
		{"How many hold a text.", "ci", "GET /api/v1/authorization/me/access-rules/count?search=researcher", "", nil},
		{noToken, "", "GET /api/v1/authorization/me/access-rules/count", "", nil},
	},

	// Roles and permissions.
	"listRoles": {
		{"Every role lists every resource type.", "ada", "GET /api/v1/authorization/roles", "", nil},
		{asCSV, "ada", "GET /api/v1/authorization/roles", "", []string{"Accept", "text/csv"}},
	},
	"getRole": {
		{"One role.", "ada", "GET /api/v1/authorization/roles/1711", "", nil},
		{"A role that there is not.", "ada", "GET /api/v1/authorization/roles/4242", "", nil},
	},
	"listPermissions": {
		{"What the caller may do somewhere.", "ci", "GET /api/v1/authorization/permissions", "", nil},
		{asCSV, "ci", "GET /api/v1/authorization/permissions", "", []string{"Accept", "text/csv"}},
		{noToken, "", "GET /api/v1/authorization/permissions", "", nil},
	},
	"evaluateAccess": {
		{"The rule that decides is told.", "ada", "POST /access/v1/evaluation", `{"subject":{"type":"application","id":"viewer"},"action":{"name":"read"},"resource":{"type":"jobs","id":"42"}}`, []string{"X-Request-ID", "of-the-client"}},
		{"No is an answer.", "ada", "POST /access/v1/evaluation", `{"subject":{"type":"application","id":"viewer"},"action":{"name":"delete"},"resource":{"type":"jobs","id":"42","properties":{"scope":"/"}}}`, nil},
		{"So is what there is not.", "ada", "POST /access/v1/evaluation", `{"subject":{"type":"user","id":"nobody@example.com"},"action":{"name":"read"},"resource":{"type":"jobs","id":"42"}}`, nil},
		{"A question without an action.", "ada", "POST /access/v1/evaluation", `{"subject":{"type":"application","id":"viewer"},"resource":{"type":"jobs","id":"42"}}`, nil},
		{"About somebody whose access rules the caller may not read.", "nobody", "POST /access/v1/evaluation", `{"subject":{"type":"application","id":"viewer"},"action":{"name":"read"},"resource":{"type":"jobs","id":"42"}}`, nil},
	},
	"evaluateAllAccess": {
		{"Two questions that have the rest in common.", "ada", "POST /access/v1/evaluations", `{"subject":{"type":"application","id":"viewer"},"resource":{"type":"jobs","id":"42"},"evaluations":[{"action":{"name":"read"}},{"action":{"name":"delete"}}]}`, nil},
		{"The second is not asked once the first is a no.", "ada", "POST /access/v1/evaluations", `{"subject":{"type":"application","id":"viewer"},"resource":{"type":"jobs","id":"42"},"evaluations":[{"action":{"name":"delete"}},{"action":{"name":"read"}}],"options":{"evaluations_semantic":"deny_on_first_deny"}}`, nil},
		{"One that lacks something is a no.", "ada", "POST /access/v1/evaluations", `{"subject":{"type":"application","id":"viewer"},"evaluations":[{}]}`, nil},
		{"A way to go through them that there is not.", "ada", "POST /access/v1/evaluations", `{"evaluations":[{}],"options":{"evaluations_semantic":"guess"}}`, nil},
	},
	"getDecisionMetadata": {
		{"Where the endpoints for decisions are.", "", "GET /.well-known/authzen-configuration", "", nil},
		{"Only if it is different by now.", "", "GET /.well-known/authzen-configuration", "", []string{"If-None-Match", "{ETag}"}},
	},
	"checkAccess": {
		{"Yes, and the access rule that decides.", "ada", "POST /api/v1/authorization/check", `{"subjectId":"ci-pipeline-prod","subjectType":"app","resourceType":"project","action":"read","scopeId":"{vision}"}`, nil},
		{"No: its rules are of other scopes or other roles. One of the roles would do.", "ada", "POST /api/v1/authorization/check", `{"subjectId":"ci-pipeline-prod","subjectType":"service-account","resourceType":"settings","action":"update","scopeId":"1001"}`, nil},
		{"A subject that the caller may not know of.", "nobody", "POST /api/v1/authorization/check", `{"subjectId":"ci-pipeline-prod","subjectType":"app","resourceType":"jobs","action":"read","scopeId":"1001"}`, nil},
		{"A question with nothing in it.", "ada", "POST /api/v1/authorization/check", `{"subjectId":"","subjectType":"group","resourceType":"cakes","action":"eat","scopeId":""}`, nil},
	},
	"listPermittedScopes": {
		{"Where the caller may do it. A scope stands for all below it.", "ci", "POST /api/v1/authorization/permitted-scopes", `{"resourceType":"project"}`, nil},
		{asCSV, "ci", "POST /api/v1/authorization/permitted-scopes", `{"resourceType":"workspaces"}`, []string{"Accept", "text/csv"}},
		{"A resource type that there is not.", "ci", "POST /api/v1/authorization/permitted-scopes", `{"resourceType":"everything","action":"read"}`, nil},
	},

	// Users.
	"listUsers": {
		{"By the e-mail address.", "ada", "GET /api/v1/users?sortBy=username", "", nil},
		{asCSV, "ada", "GET /api/v1/users?search=bob", "", []string{"Accept", "text/csv"}},
	},
	"createUser": {
		{"The temporary password is in this answer and in no other, and must be changed at the first sign-in.", "ada", "POST /api/v1/users", `{"email":"cyd@example.com"}`, nil},
		{"An address that is taken.", "ada", "POST /api/v1/users", `{"email":"bob@example.com"}`, nil},
		{"No address.", "ada", "POST /api/v1/users", `{"email":"cyd"}`, nil},
	},
	"countUsers": {
		{"How many there are.", "ada", "GET /api/v1/users/count", "", nil},
	},
	"getUser": {
		{"One user.", "ada", "GET /api/v1/users/{bob}", "", nil},
		{nothingNew, "ada", "GET /api/v1/users/{bob}", "", []string{"If-None-Match", "{ETag}"}},
		{"Whoever may read no users is not told whether there is such a one.", "viewer", "GET /api/v1/users/{bob}", "", nil},
	},
	"deleteUser": {
		{"Only if nobody changed the user since.", "ada", "DELETE /api/v1/users/{bob}", "", []string{"If-Match", `"7"`}},
		{"Sessions, access keys and access rules go too.", "ada", "DELETE /api/v1/users/{bob}", "", nil},
		{"Nobody deletes themselves.", "ada", "DELETE /api/v1/users/{ada}", "", nil},
	},
	"logOutUser": {
		{"All sessions of the user end.", "ada", "POST /api/v1/users/{bob}/logout", "", nil},
		{notThere, "viewer", "POST /api/v1/users/{bob}/logout", "", nil},
	},
	"resetUserPassword": {
		{"A new temporary password.", "ada", "POST /api/v1/users/{bob}/password", "", nil},
		{"One's own is changed with the present one.", "ada", "POST /api/v1/users/{ada}/password", "", nil},
	},
	"changeMyPassword": {
		{"Passwords are never answered.", "bob", "POST /api/v1/me/password", `{"currentPassword":"nine loud geese cross the weir","newPassword":"seven quiet otters swim upstream"}`, nil},
		{"The present one is wrong.", "bob", "POST /api/v1/me/password", `{"currentPassword":"guessed","newPassword":"seven quiet otters swim upstream"}`, nil},
		{"An application has no password.", "ci", "POST /api/v1/me/password", `{"currentPassword":"guessed","newPassword":"seven quiet otters swim upstream"}`, nil},
	},

	// Access keys, by their older name and by their newer one.
	"listUserApplications": {
		{"The caller's own, as a bare array.", "bob", "GET /api/v1/user-applications", "", nil},
		{asCSV, "bob", "GET /api/v1/user-applications", "", []string{"Accept", "text/csv"}},
		{onlyForUsers, "ci", "GET /api/v1/user-applications", "", nil},
	},
	"createUserApplication": {
		{"What signs in with it acts as Bob.", "bob", "POST /api/v1/user-applications", `{"name":"laptop"}`, nil},
		{"A name that another of Bob's has.", "bob", "POST /api/v1/user-applications", `{"name":"first"}`, nil},
	},
	"getUserApplication": {
		{"One of the caller's own.", "bob", "GET /api/v1/user-applications/{bob.key}", "", nil},
		{"Another's is not found.", "bob", "GET /api/v1/user-applications/{ada.key}", "", nil},
	},
	"deleteUserApplication": {
		{"The key of another.", "bob", "DELETE /api/v1/user-applications/{ada.key}", "", nil},
		{"The key that Bob came in with: the next request would be refused.", "bob", "DELETE /api/v1/user-applications/{bob.key}", "", nil},
	},
	"regenerateUserApplicationSecret": {
		{"The key of another.", "bob", "POST /api/v1/user-applications/{ada.key}/secret", "", nil},
		{"A new secret key.", "bob", "POST /api/v1/user-applications/{bob.key}/secret", "", nil},
	},
	"listAccessKeys": {
		{"The caller's own.", "bob", "GET /api/v1/access-keys", "", nil},
		{onlyForUsers, "ci", "GET /api/v1/access-keys", "", nil},
	},
	"createAccessKey": {
		{"What signs in with it acts as Bob.", "bob", "POST /api/v1/access-keys", `{"name":"laptop"}`, nil},
		{"No name.", "bob", "POST /api/v1/access-keys", `{}`, nil},
	},
	"getAccessKey": {
		{"One of the caller's own.", "bob", "GET /api/v1/access-keys/{bob.key}", "", nil},
		{nothingNew, "bob", "GET /api/v1/access-keys/{bob.key}", "", []string{"If-None-Match", "{ETag}"}},
		{"Another's is not found.", "bob", "GET /api/v1/access-keys/{ada.key}", "", nil},
	},
	"deleteAccessKey": {
		{"It was regenerated since it was read.", "bob", "DELETE /api/v1/access-keys/{bob.key}", "", []string{"If-Match", `"7"`}},
		{"The key that Bob came in with: the next request would be refused.", "bob", "DELETE /api/v1/access-keys/{bob.key}", "", nil},
	},
	"regenerateAccessKeySecret": {
		{"The key of another.", "bob", "POST /api/v1/access-keys/{ada.key}/secret", "", nil},
		{"A new secret key.", "bob", "POST /api/v1/access-keys/{bob.key}/secret", "", nil},
	},
	"listAllUserApplications": {
		{"Everybody's, as a bare array.", "ada", "GET /api/v1/administration/user-applications", "", nil},
	},
	"deleteAnyUserApplication": {
		{"From the next request on it is refused.", "ada", "DELETE /api/v1/administration/user-applications/{bob.key}", "", nil},
		{"It is gone already.", "ada", "DELETE /api/v1/administration/user-applications/{bob.key}", "", nil},
	},
	"listAllAccessKeys": {
		{"Those of one user.", "ada", "GET /api/v1/administration/access-keys?createdBy=bob@example.com", "", nil},
		{asCSV, "ada", "GET /api/v1/administration/access-keys", "", []string{"Accept", "text/csv"}},
	},
	"deleteAnyAccessKey": {
		{"From the next request on it is refused.", "ada", "DELETE /api/v1/administration/access-keys/{bob.key}", "", nil},
	},

	// Audit log.
	"listAuditLog": {
		{"The first two of a day.", "ada", "GET /api/v1/audit/log?start=2026-11-23T00:00:00Z&end=2026-11-24T00:00:00Z&numberOfSamples=2", "", nil},
		{"Only what was created, as CSV.", "ada", "GET /api/v1/audit/log?start=2026-11-23T00:00:00Z&end=2026-11-24T00:00:00Z&filterBy=action==create,entity_type==application", "", []string{"Accept", "text/csv"}},
		{"A time that is none.", "ada", "GET /api/v1/audit/log?start=yesterday&end=2026-11-24T00:00:00Z", "", nil},
	},
	"downloadAuditLog": {
		{"A file of CSV.", "ada", "GET /api/v1/audit/log/file?start=2026-11-23T00:00:00Z&end=2026-11-24T00:00:00Z&filterBy=entity_type==cluster", "", nil},
		{"A file of JSON.", "ada", "GET /api/v1/audit/log/file?start=2026-11-23T00:00:00Z&end=2026-11-24T00:00:00Z&filterBy=entity_type==project&file_type=JSON&numberOfSamples=1", "", nil},
	},

	// Organization.
	"listClusters": {
		{"A bare array.", "ada", "GET /api/v1/clusters", "", nil},
		{asCSV, "ada", "GET /api/v1/clusters?search=us", "", []string{"Accept", "text/csv"}},
	},
	"createCluster": {
		{"A cluster is a name here.", "ada", "POST /api/v1/clusters", `{"name":"ap-1"}`, nil},
		{"A name that is taken.", "ada", "POST /api/v1/clusters", `{"name":"eu-1"}`, nil},
	},
	"countClusters": {
		{"How many there are.", "ada", "GET /api/v1/clusters/count", "", nil},
	},
	"getCluster": {
		{"One cluster.", "ada", "GET /api/v1/clusters/{eu}", "", nil},
		{nothingNew, "ada", "GET /api/v1/clusters/{eu}", "", []string{"If-None-Match", "{ETag}"}},
		{"A department is no cluster.", "ada", "GET /api/v1/clusters/{research}", "", nil},
	},
	"renameCluster": {
		{"Another name.", "ada", "PATCH /api/v1/clusters/{us}", `{"name":"us-east-1"}`, nil},
		{whatWasRead, "ada", "PATCH /api/v1/clusters/{us}", `{"name":"us-west-1"}`, []string{"If-Match", "{ETag}"}},
		{"Somebody else was first.", "ada", "PATCH /api/v1/clusters/{us}", `{"name":"us-south-1"}`, []string{"If-Match", `"1"`}},
	},
	"deleteCluster": {
		{"Nothing hangs on it.", "ada", "DELETE /api/v1/clusters/{us}", "", nil},
		{"This one still has departments.", "ada", "DELETE /api/v1/clusters/{eu}", "", nil},
	},
	"listDepartments": {
		{"A page; next is the offset of the one after it.", "ada", "GET /api/v1/org-unit/departments?limit=1", "", nil},
		{asCSV, "ada", "GET /api/v1/org-unit/departments?sortBy=name", "", []string{"Accept", "text/csv"}},
	},
	"createDepartment": {
		{"In a cluster.", "ada", "POST /api/v1/org-unit/departments", `{"name":"support","clusterId":"{eu}"}`, nil},
		{"A project is no cluster.", "ada", "POST /api/v1/org-unit/departments", `{"name":"support","clusterId":"{vision}"}`, nil},
	},
	"countDepartments": {
		{"How many a filter leaves.", "ada", "GET /api/v1/org-unit/departments/count?filterBy=clusterId=={eu}", "", nil},
	},
	"getDepartment": {
		{"One department. Quotas are not kept here.", "ada", "GET /api/v1/org-unit/departments/{research}", "", nil},
		{notThere, "ada", "GET /api/v1/org-unit/departments/{none}", "", nil},
	},
	"renameDepartment": {
		{"Another name.", "ada", "PATCH /api/v1/org-unit/departments/{sales}", `{"name":"retail"}`, nil},
		{"A name that a sibling has.", "ada", "PATCH /api/v1/org-unit/departments/{sales}", `{"name":"research"}`, nil},
	},
	"deleteDepartment": {
		{"Nothing hangs on it.", "ada", "DELETE /api/v1/org-unit/departments/{sales}", "", nil},
		{"This one still has projects.", "ada", "DELETE /api/v1/org-unit/departments/{research}", "", nil},
	},
	"listProjects": {
		{"Those whose name holds a text.", "ada", "GET /api/v1/org-unit/projects?search=vis", "", nil},
		{asCSV, "ada", "GET /api/v1/org-unit/projects?filterBy=departmentId=={research}", "", []string{"Accept", "text/csv"}},
	},
	"createProject": {
		{"In a department.", "ada", "POST /api/v1/org-unit/projects", `{"name":"speech","parentId":"{research}"}`, nil},
		{"A name that is taken.", "ada", "POST /api/v1/org-unit/projects", `{"name":"vision","parentId":"{research}"}`, nil},
	},
	"countProjects": {
		{"How many there are.", "ada", "GET /api/v1/org-unit/projects/count", "", nil},
	},
	"getProject": {
		{"One project.", "ada", "GET /api/v1/org-unit/projects/{vision}", "", nil},
		{notThere, "ada", "GET /api/v1/org-unit/projects/{none}", "", nil},
	},
	"renameProject": {
		{"Another name.", "ada", "PATCH /api/v1/org-unit/projects/{audio}", `{"name":"sound"}`, nil},
		{"A name that cannot be one.", "ada", "PATCH /api/v1/org-unit/projects/{audio}", `{"name":"sound/music"}`, nil},
	},
	"deleteProject": {
		{"Nothing hangs on it.", "ada", "DELETE /api/v1/org-unit/projects/{audio}", "", nil},
		{"This one still has an access rule.", "ada", "DELETE /api/v1/org-unit/projects/{vision}", "", nil},
	},
}

// shortModulus is of 2048 bits, which is less than is accepted.
var shortModulus = "x" + strings.Repeat("V", 336) + "aurqw"
