package api

import (
	"context"

	"latchkey/access"
	"latchkey/web"
)

// Service is what the API asks of the use cases; *access.Service has it.
type Service interface {
	IssueToken(ctx context.Context, o access.Origin, clientID, secretKey string) (access.IssuedToken, error)
	TokenPrincipal(ctx context.Context, raw string) (access.Principal, error)
	JWKS(ctx context.Context) ([]byte, error)
	ListApplications(ctx context.Context, c access.Caller, l access.List) (access.ApplicationPage, error)
	EachApplication(ctx context.Context, c access.Caller, l access.List, fn func(access.ApplicationRow) error) error
	Application(ctx context.Context, c access.Caller, id string) (access.Application, error)
	MyRules(ctx context.Context, c access.Caller) ([]access.Rule, error)
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

// Register mounts every path of the API. A path that is not listed here does not
// exist.
func Register(s *web.Server, svc Service, cfg Config) {
	a := &api{server: s, svc: svc, cfg: cfg}
	g := s.API()

	// Trading a secret key for an access token.
	g.POST("/api/v1/token", a.token)
	g.POST("/api/v2/token", a.oauthToken)
	g.POST("/auth/realms/:realm/protocol/openid-connect/token", a.realmToken)
	g.POST("/v1/k8s/auth/oauth/apptoken", a.legacyToken)

	// What verifiers and clients configure themselves from.
	g.GET("/.well-known/jwks.json", a.jwks)
	g.GET("/.well-known/oauth-authorization-server", a.metadata())

	// Applications, under their old name and their new one: one store, two views.
	for _, noun := range [...]string{"/api/v1/apps", "/api/v1/service-accounts"} {
		g.GET(noun, a.listApplications, a.requireToken)
		g.GET(noun+"/:id", a.application, a.requireToken)
	}

	// The caller's own access rules.
	g.GET("/api/v1/authorization/me/access-rules", a.myRules, a.requireToken)
	g.GET("/api/v1/authorization/me/access-rules/count", a.countMyRules, a.requireToken)
}
