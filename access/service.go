package access

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"latchkey/token"
)

// Config is what a Service needs to know of its installation.
type Config struct {
	// Issuer is the public URL: iss of tokens, base of links. No trailing slash.
	Issuer string
	// Sealer encrypts what must be readable again (signing keys).
	Sealer *token.Sealer
	Now    func() time.Time
	Random io.Reader
	Log    *slog.Logger
}

// Service is the use cases: each method checks what the caller may do, acts,
// and records the event in the same transaction. It is safe for concurrent use.
type Service struct {
	repo Repository
	cfg  Config
}

// NewService makes a Service over a repository.
func NewService(repo Repository, cfg Config) *Service {
	return &Service{repo: repo, cfg: cfg}
}

var errUnfinished = errors.New("unfinished")

// ---- applications (service_applications.go) ----

func (s *Service) ListApplications(ctx context.Context, c Caller, l List) (ApplicationPage, error) {
	return ApplicationPage{}, errUnfinished
}

// CountApplications counts what ListApplications would show, up to CountCap.
func (s *Service) CountApplications(ctx context.Context, c Caller, l List) (Count, error) {
	return Count{}, errUnfinished
}

// CountAllApplications counts exactly, however many.
func (s *Service) CountAllApplications(ctx context.Context, c Caller, l List) (int, error) {
	return 0, errUnfinished
}

// ExportApplications streams every match to fn in order, and records the export.
func (s *Service) ExportApplications(ctx context.Context, c Caller, l List, fn func(ApplicationRow) error) error {
	return errUnfinished
}

func (s *Service) Application(ctx context.Context, c Caller, id string) (Application, error) {
	return Application{}, errUnfinished
}

func (s *Service) ApplicationImpact(ctx context.Context, c Caller, id string) (Impact, error) {
	return Impact{}, errUnfinished
}

// CreateApplication makes an application and its first secret key, which is
// returned here and never again.
func (s *Service) CreateApplication(ctx context.Context, c Caller, in NewApplication) (Application, token.Key, error) {
	return Application{}, token.Key{}, errUnfinished
}

// RegenerateKey replaces the secret key; the old one and its tokens are refused
// from the next request on. lifetime 0: does not expire. formKey as in NewApplication.
func (s *Service) RegenerateKey(ctx context.Context, c Caller, id string, lifetime time.Duration, formKey string) (Application, token.Key, error) {
	return Application{}, token.Key{}, errUnfinished
}

func (s *Service) SetApplicationEnabled(ctx context.Context, c Caller, id string, enabled bool) (Application, error) {
	return Application{}, errUnfinished
}

// DescribeApplication changes the description; version is the one the caller
// read (0: whatever it is), ErrStale if it changed since.
func (s *Service) DescribeApplication(ctx context.Context, c Caller, id, description string, version int64) (Application, error) {
	return Application{}, errUnfinished
}

// DeleteApplication puts it into the bin for BinRetention.
func (s *Service) DeleteApplication(ctx context.Context, c Caller, id string) (Application, error) {
	return Application{}, errUnfinished
}

// RestoreApplication takes it out of the bin, with a new secret key.
func (s *Service) RestoreApplication(ctx context.Context, c Caller, id, formKey string) (Application, token.Key, error) {
	return Application{}, token.Key{}, errUnfinished
}

// BulkAction is what can be done to several applications at once.
type BulkAction string

// The bulk actions.
const (
	BulkEnable  BulkAction = "enable"
	BulkDisable BulkAction = "disable"
	BulkDelete  BulkAction = "delete"
)

// Selection names applications: by id, or "all that match" the list, in which
// case Expected is the number the person agreed to; if it is no longer that,
// the bulk action is a ConflictError and does nothing.
type Selection struct {
	IDs      []string
	All      *List
	Expected int
}

// BulkReport tells what a bulk action did; each failure with its reason.
type BulkReport struct {
	Succeeded []Application
	Failed    []BulkFailure
}

// BulkFailure is one application that was left as it was, and why.
type BulkFailure struct {
	ID, Name string
	Err      error
}

func (s *Service) BulkApplications(ctx context.Context, c Caller, action BulkAction, sel Selection) (BulkReport, error) {
	return BulkReport{}, errUnfinished
}

// ---- access rules, roles, scopes (service_rules.go) ----

func (s *Service) ApplicationRules(ctx context.Context, c Caller, applicationID string) ([]Rule, error) {
	return nil, errUnfinished
}

// MyRules are the caller's own; everybody may read these.
func (s *Service) MyRules(ctx context.Context, c Caller) ([]Rule, error) { return nil, errUnfinished }

func (s *Service) CreateRule(ctx context.Context, c Caller, in NewRule) (Rule, error) {
	return Rule{}, errUnfinished
}

func (s *Service) DeleteRule(ctx context.Context, c Caller, id int32) (Rule, error) {
	return Rule{}, errUnfinished
}

// RoleChoice is a role in the picker; Unavailable says why the caller may not
// grant it anywhere, or is empty.
type RoleChoice struct {
	Role        Role
	Unavailable string
}

func (s *Service) RoleChoices(ctx context.Context, c Caller) ([]RoleChoice, error) {
	return nil, errUnfinished
}

// ScopeRoots, ScopeChildren and SearchScopes feed the scope tree with what the
// caller may see: nodes within the caller's reach, and their ancestors.
func (s *Service) ScopeRoots(ctx context.Context, c Caller) ([]Scope, error) {
	return nil, errUnfinished
}

func (s *Service) ScopeChildren(ctx context.Context, c Caller, parentID string, offset int) ([]Scope, error) {
	return nil, errUnfinished
}

func (s *Service) SearchScopes(ctx context.Context, c Caller, text string) ([]Scope, error) {
	return nil, errUnfinished
}

func (s *Service) Scope(ctx context.Context, c Caller, id string) (Scope, error) {
	return Scope{}, errUnfinished
}

// ---- sign-in, set-up, users (service_users.go) ----

// NeedsSetup reports whether there is no administrator yet.
func (s *Service) NeedsSetup(ctx context.Context) (bool, error) { return false, errUnfinished }

// NewSetupLink makes a one-time set-up secret, valid for 60 minutes.
func (s *Service) NewSetupLink(ctx context.Context) (string, error) { return "", errUnfinished }

// The ways in which a set-up link can be no good.
var (
	ErrSetupUnknown = errors.New("set-up link is not one of ours")
	ErrSetupExpired = errors.New("set-up link has expired")
	ErrSetupUsed    = errors.New("set-up link was used")
	ErrSetupDone    = errors.New("an administrator exists")
)

func (s *Service) CheckSetupLink(ctx context.Context, secret string) error { return errUnfinished }

// CompleteSetup makes the first administrator; of several at once one wins.
func (s *Service) CompleteSetup(ctx context.Context, o Origin, secret, email, password string) (User, error) {
	return User{}, errUnfinished
}

// SignIn checks e-mail and password, throttled per account and per address.
func (s *Service) SignIn(ctx context.Context, o Origin, email, password string) (User, error) {
	return User{}, errUnfinished
}

func (s *Service) SignedOut(ctx context.Context, c Caller) error { return errUnfinished }

// ChangePassword ends every other session of the user; keep is this one's hash.
func (s *Service) ChangePassword(ctx context.Context, c Caller, current, next string, keep [32]byte) error {
	return errUnfinished
}

func (s *Service) CreateUser(ctx context.Context, c Caller, in NewUser) (User, error) {
	return User{}, errUnfinished
}

// UserPrincipal is the principal of a signed-in user, with the grants of this
// moment; ErrUnauthenticated if the user is disabled or gone.
func (s *Service) UserPrincipal(ctx context.Context, userID string) (Principal, User, error) {
	return Principal{}, User{}, errUnfinished
}

func (s *Service) Preferences(ctx context.Context, c Caller) (Preferences, error) {
	return nil, errUnfinished
}

func (s *Service) SetPreference(ctx context.Context, c Caller, name, value string) error {
	return errUnfinished
}

// LocalOperator is whoever runs the commands on the machine itself; it may do
// everything and is recorded under this name.
func LocalOperator(name string) Caller { return Caller{} }

// ---- tokens (service_tokens.go) ----

// IssuedToken is the answer of the token endpoint.
type IssuedToken struct {
	AccessToken string
	ExpiresIn   time.Duration // exactly exp - iat
}

// IssueToken trades a client id and secret key for an access token. Unknown,
// wrong, disabled, deleted and expired are one ErrUnauthenticated, alike in time.
// It writes nothing: Flush does, once a second.
func (s *Service) IssueToken(ctx context.Context, o Origin, clientID, secretKey string) (IssuedToken, error) {
	return IssuedToken{}, errUnfinished
}

// TokenPrincipal verifies an access token of ours and the application's present
// state; ErrUnauthenticated otherwise.
func (s *Service) TokenPrincipal(ctx context.Context, raw string) (Principal, error) {
	return Principal{}, errUnfinished
}

// JWKS is the public part of the signing keys (RFC 7517).
func (s *Service) JWKS(ctx context.Context) ([]byte, error) { return nil, errUnfinished }

// PrepareSigningKeys makes the first signing key if there is none, and loads them.
func (s *Service) PrepareSigningKeys(ctx context.Context) error { return errUnfinished }

// Run does the background work (recording uses once a second, emptying the
// bin) until ctx ends, then flushes once more.
func (s *Service) Run(ctx context.Context) error { return errUnfinished }

// Flush writes the gathered uses now.
func (s *Service) Flush(ctx context.Context) error { return errUnfinished }

// ---- organisation (service_scopes.go) ----

// NewScope is the input of CreateScope; the type follows from the parent's.
type NewScope struct{ ParentID, Name string }

func (s *Service) CreateScope(ctx context.Context, c Caller, in NewScope) (Scope, error) {
	return Scope{}, errUnfinished
}

func (s *Service) RenameTenant(ctx context.Context, c Caller, name string) error {
	return errUnfinished
}
