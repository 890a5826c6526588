package api

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/web"
)

// Service is what the API asks of the use cases; *access.Service has it.
type Service interface {
	Trade(ctx context.Context, o access.Origin, in access.TokenRequest) (access.IssuedToken, error)
	Introspect(ctx context.Context, o access.Origin, auth access.ClientAuth, raw string) (access.Introspection, error)
	SignIntrospection(ctx context.Context, told access.Introspection, answer []byte) (string, error)
	RevokeToken(ctx context.Context, o access.Origin, auth access.ClientAuth, raw string) error
	TokenPrincipal(ctx context.Context, raw string) (access.Principal, error)
	VerifyToken(ctx context.Context, raw string, need access.Requirement) (access.Verified, error)
	RecordRefusedToken(o access.Origin, refusal error)
	JWKS(ctx context.Context) ([]byte, error)

	ListApplications(ctx context.Context, c access.Caller, l access.List) (access.ApplicationPage, error)
	CountAllApplications(ctx context.Context, c access.Caller, l access.List) (int, error)
	EachApplication(ctx context.Context, c access.Caller, l access.List, fn func(access.ApplicationRow) error) error
	ExportApplications(ctx context.Context, c access.Caller, l access.List, fn func(access.ApplicationRow) error) error
	Application(ctx context.Context, c access.Caller, id string) (access.Application, error)
	CreateApplication(ctx context.Context, c access.Caller, in access.NewApplication) (access.Application, access.SecretKey, error)
	ChangeApplication(ctx context.Context, c access.Caller, id string, in access.ApplicationChange) (access.Application, error)
	DeleteApplicationVersion(ctx context.Context, c access.Caller, id string, version int64) (access.Application, error)
	RegenerateKey(ctx context.Context, c access.Caller, id string, lifetime time.Duration, formKey string) (access.Application, access.SecretKey, error)
	RemoveSecretKey(ctx context.Context, c access.Caller, id, endsIn string) (access.Application, error)

	PublicKeys(ctx context.Context, c access.Caller, applicationID string) ([]access.PublicKey, error)
	AddPublicKey(ctx context.Context, c access.Caller, applicationID string, in access.NewPublicKey) (access.PublicKey, error)
	DeletePublicKey(ctx context.Context, c access.Caller, applicationID, id string) error

	ListRules(ctx context.Context, c access.Caller, l access.List, by access.RuleSelection) (access.Page[access.Rule], error)
	CountRules(ctx context.Context, c access.Caller, l access.List, by access.RuleSelection) (int, error)
	ExportRules(ctx context.Context, c access.Caller, l access.List, by access.RuleSelection, fn func(access.Rule) error) error
	Rule(ctx context.Context, c access.Caller, id int32) (access.Rule, error)
	MyRules(ctx context.Context, c access.Caller) ([]access.Rule, error)
	CreateRule(ctx context.Context, c access.Caller, in access.NewRule) (access.Rule, error)
	DeleteRule(ctx context.Context, c access.Caller, id int32) (access.Rule, error)

	Evaluate(ctx context.Context, c access.Caller, in access.NewCheck) (access.CheckedAccess, error)
	CheckAccess(ctx context.Context, c access.Caller, in access.NewCheck) (access.CheckedAccess, error)
	BatchDeleteRules(ctx context.Context, c access.Caller, ids []string, validateOnly bool) ([]access.Outcome[string, access.Rule], error)
	BatchCreateRules(ctx context.Context, c access.Caller, rules []access.NewRule) ([]access.Outcome[access.NewRule, access.Rule], error)

	ListUsers(ctx context.Context, c access.Caller, l access.List) (access.Page[access.UserRow], error)
	CountUsers(ctx context.Context, c access.Caller, l access.List) (int, error)
	ExportUsers(ctx context.Context, c access.Caller, l access.List, fn func(access.UserRow) error) error
	User(ctx context.Context, c access.Caller, id string) (access.User, error)
	CreateLocalUser(ctx context.Context, c access.Caller, in access.NewUser) (access.User, access.TemporaryPassword, error)
	ResetPassword(ctx context.Context, c access.Caller, id, formKey string) (access.User, access.TemporaryPassword, error)
	DeleteUserVersion(ctx context.Context, c access.Caller, id string, version int64) (access.User, error)
	SignOutEverywhere(ctx context.Context, c access.Caller, id string, keep [32]byte) (access.User, error)
	ChangePassword(ctx context.Context, c access.Caller, current, next string, keep [32]byte) error

	MyAccessKeys(ctx context.Context, c access.Caller) ([]access.AccessKey, error)
	MyAccessKey(ctx context.Context, c access.Caller, id string) (access.AccessKey, error)
	CreateAccessKey(ctx context.Context, c access.Caller, in access.NewAccessKey) (access.AccessKey, access.SecretKey, error)
	RegenerateAccessKey(ctx context.Context, c access.Caller, id, formKey string) (access.AccessKey, access.SecretKey, error)
	DeleteMyAccessKeyVersion(ctx context.Context, c access.Caller, id string, generation int64) error
	AllAccessKeys(ctx context.Context, c access.Caller, by access.AccessKeySelection) ([]access.AccessKey, error)
	DeleteAccessKey(ctx context.Context, c access.Caller, id string) error

	ListEvents(ctx context.Context, c access.Caller, l access.List, within access.Period) (access.Page[access.Event], error)
	CountAllEvents(ctx context.Context, c access.Caller, l access.List, within access.Period) (int, error)
	ExportEvents(ctx context.Context, c access.Caller, l access.List, within access.Period, format string, fn func(access.Event) error) error

	ListScopes(ctx context.Context, c access.Caller, kind access.ScopeType, l access.List) (access.Page[access.Scope], error)
	CountScopes(ctx context.Context, c access.Caller, kind access.ScopeType, l access.List) (int, error)
	EachScope(ctx context.Context, c access.Caller, kind access.ScopeType, l access.List, fn func(access.Scope) error) error
	ExportScopes(ctx context.Context, c access.Caller, kind access.ScopeType, l access.List, fn func(access.Scope) error) error
	ScopeOfType(ctx context.Context, c access.Caller, kind access.ScopeType, id string) (access.Scope, error)
	CreateScope(ctx context.Context, c access.Caller, in access.NewScope) (access.Scope, error)
	RenameScopeVersion(ctx context.Context, c access.Caller, id, name string, version int64) (access.Scope, error)
	DeleteScopeVersion(ctx context.Context, c access.Caller, id string, version int64) (access.Scope, error)

	Admit(ctx context.Context, c access.Caller, need access.Need) error
	Once(ctx context.Context, c access.Caller, key string, request []byte, do func(context.Context) ([]byte, error)) (answer []byte, replayed bool, err error)

	Scope(ctx context.Context, c access.Caller, id string) (access.Scope, error)
}

// Config is what the API needs to know of its installation.
type Config struct {
	// PublicURL is the issuer of tokens and the base of the addresses that the
	// metadata tells; no trailing slash.
	PublicURL string
}

// api is every path of the API over one service.
type api struct {
	server *web.Server
	svc    Service
	cfg    Config
}

// Register mounts every path of the API. A path that is not in openapi.yaml does
// not exist.
func Register(s *web.Server, svc Service, cfg Config) {
	a := &api{server: s, svc: svc, cfg: cfg}
	g := s.API()

	// Trading a secret key for an access token.
	g.POST("/api/v1/token", a.token)
	g.POST(tokenPath, a.oauthToken)
	g.POST(introspectionPath, a.introspect)
	g.POST(revocationPath, a.revoke)
	g.POST("/auth/realms/:realm/protocol/openid-connect/token", a.realmToken)
	g.POST("/v1/k8s/auth/oauth/apptoken", a.legacyToken)

	// What gateways ask about each request that they let through.
	g.GET(verifyPath, a.verify(requirementInQuery))
	g.Match(verifyMethods, verifyRequestPath, a.verify(requirementInHeaders))
	g.Match(verifyMethods, verifyRequestPath+"/*", a.verify(requirementInHeaders))

	// What services ask that leave decisions to us.
	doors := a.doors()
	g.POST(evaluationPath, a.evaluate, append([]echo.MiddlewareFunc{web.EchoRequestID}, doors["evaluateAccess"]...)...)
	g.POST(evaluationsPath, a.evaluateAll, append([]echo.MiddlewareFunc{web.EchoRequestID}, doors["evaluateAllAccess"]...)...)
	g.GET("/.well-known/authzen-configuration", a.evaluationMetadata())

	// What verifiers and clients configure themselves from.
	g.GET(keySetPath, a.jwks)
	metadata := a.metadata()
	g.GET("/.well-known/oauth-authorization-server", metadata)
	g.GET("/.well-known/openid-configuration", metadata)

	// Everything else is generated from the specification.
	server := NewStrictHandler(a, []StrictMiddlewareFunc{onlyListed})
	RegisterHandlersWithOptions(g, server, RegisterHandlersOptions{OperationMiddlewares: doors})
}

// doors is what stands before each operation: who asks, whether they may, and
// whether the request is what the specification says. The table of permissions
// decides which operations have any; see onlyListed for the others.
func (a *api) doors() map[string][]echo.MiddlewareFunc {
	doors := map[string][]echo.MiddlewareFunc{}
	for id, needed := range permissions {
		doors[id] = []echo.MiddlewareFunc{
			a.requireToken, tellErrors, a.permit(needed), specified(id, (*operation).tidy), keepContext, specified(id, a.once),
		}
	}
	return doors
}

// onlyListed refuses an operation that the table of permissions does not have,
// and that therefore has no doors.
func onlyListed(next StrictHandlerFunc, operationID string) StrictHandlerFunc {
	return func(c echo.Context, request any) (any, error) {
		if _, passed := c.Request().Context().Value(contextKey{}).(echo.Context); !passed {
			return nil, fmt.Errorf("nobody has said who may call %s: %w", operationID, access.ErrForbidden)
		}
		return next(c, request)
	}
}

// contextKey finds the request's Echo context in its plain one.
type contextKey struct{}

// keepContext lets the generated handlers, which pass a plain context on, be
// asked who calls.
func keepContext(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		c.SetRequest(r.WithContext(context.WithValue(r.Context(), contextKey{}, c)))
		return next(c)
	}
}

// echoOf is the Echo context of the request that ctx belongs to.
func echoOf(ctx context.Context) echo.Context { return ctx.Value(contextKey{}).(echo.Context) }

func callerOf(ctx context.Context) access.Caller { return web.CallerOf(echoOf(ctx)) }

// tellErrors says what an error means here, where it means something else on a page.
func tellErrors(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		err := next(c)
		switch {
		case errors.Is(err, access.ErrNotFound):
			return notFound(err)
		case errors.Is(err, access.ErrStale) && c.Request().Header.Get("If-Match") != "":
			return preconditionFailed(err)
		}
		return err
	}
}

// tenant is the organisation, whoever asks: its name is in the path of a realm.
func (a *api) tenant(ctx context.Context) (access.Scope, error) {
	return a.svc.Scope(ctx, access.LocalOperator("api"), access.TenantNodeID)
}
