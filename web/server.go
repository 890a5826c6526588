package web

import (
	"errors"
	"log/slog"
	"net"
	"net/http"

	"github.com/labstack/echo/v4"
	"golang.org/x/net/netutil"

	"latchkey/access"
	"latchkey/static"
)

// Server is the front door of one installation.
type Server struct {
	// Echo has all middleware, the static assets and the probes; routes are
	// added through Console, Public and API.
	Echo *echo.Echo

	cfg         Config
	svc         Service
	sessions    *rowStore
	cookie      string
	crossOrigin *http.CrossOriginProtection

	console, public, api *echo.Group

	largerBodies map[string]int64 // by route; written before the server serves

	refusedPerClient, refusedPerSource *limiter
	signInPerSource, searchPerUser     *limiter
	keysPerUser                        *limiter
}

// New makes a Server. svc is an *access.Service.
func New(cfg Config, svc Service, rows SessionRepository) *Server {
	cfg = cfg.withDefaults()
	s := &Server{
		Echo:        echo.New(),
		cfg:         cfg,
		svc:         svc,
		sessions:    newRowStore(cfg, rows, svc.SessionTimes),
		cookie:      cookieName(cfg),
		crossOrigin: http.NewCrossOriginProtection(),

		largerBodies: map[string]int64{},

		refusedPerClient: newLimiter(cfg.Limits.RefusedPerClient, cfg.Now),
		refusedPerSource: newLimiter(cfg.Limits.RefusedPerSource, cfg.Now),
		signInPerSource:  newLimiter(cfg.Limits.SignInPerSource, cfg.Now),
		searchPerUser:    newLimiter(cfg.Limits.SearchPerUser, cfg.Now),
		keysPerUser:      newLimiter(cfg.Limits.KeysPerUser, cfg.Now),
	}
	s.Echo.HideBanner, s.Echo.HidePort = true, true
	s.Echo.HTTPErrorHandler = s.handleError
	// Echo complains of programs' mistakes, such as two answers to one request.
	s.Echo.Logger.SetOutput(slog.NewLogLogger(cfg.Log.Handler(), slog.LevelWarn).Writer())
	trustProxies(s.Echo, cfg)
	s.trustOwnOrigin()
	s.useMiddleware()
	s.makeGroups()
	s.addOwnRoutes()
	return s
}

// trustOwnOrigin lets old browsers, which name the origin of a form but not its
// relation to us, through a proxy that puts another Host into the request.
func (s *Server) trustOwnOrigin() {
	origin := s.cfg.PublicURL.Scheme + "://" + s.cfg.PublicURL.Host
	if err := s.crossOrigin.AddTrustedOrigin(origin); err != nil {
		s.cfg.Log.Warn("the public URL is no origin", "url", origin, "error", err)
	}
}

// useMiddleware is the order in which every request passes.
func (s *Server) useMiddleware() {
	s.Echo.Pre( // before the route is chosen
		forgetKeys, // first, so that nothing after can tell of them
		tidyPath,
		routeHeadAsGet,
	)
	s.Echo.Use(
		restoreHead,         // the route is chosen by now
		s.identifyRequest,   // first, so that everything after can name it
		s.logRequests,       // sees how everything after ended
		s.recordDenials,     // likewise
		s.recoverPanics,     // from here on a panic is a 500
		secureHeaders,       // set before anything can answer
		s.refusePlainHTTP,   // before anything is read
		refuseOddText,       //
		tellOfForgottenKey,  //
		s.limitBody,         //
		s.refuseCrossOrigin, // before anything is done
		s.limitTime,         // of the work that follows
	)
}

// makeGroups gives each group what its routes have in common.
func (s *Server) makeGroups() {
	s.public = s.Echo.Group("", s.withSession, s.limitSignIn)
	s.console = s.Echo.Group("", s.withSession, requireUser, requireOwnPassword, s.limitSearch)
	s.api = s.Echo.Group("")
	// A group with middleware answers for every unknown path below its prefix,
	// so strangers would be sent to sign in for a page that does not exist.
	s.Echo.RouteNotFound("", s.notFound)
	s.Echo.RouteNotFound(catchAll, s.notFound)
}

func (s *Server) addOwnRoutes() {
	s.Echo.GET(static.Prefix+"*", echo.WrapHandler(static.Handler()))
	s.Echo.GET(healthPath, healthy)
	s.Echo.GET(readyPath, s.ready)
	s.console.GET(sessionPath, sessionLasts)
	s.console.POST(sessionPath, staySignedIn)
}

// Console is for pages of signed-in users. CallerOf and UserOf are set.
func (s *Server) Console() *echo.Group { return s.console }

// AllowBody lets a route take bodies of more than 64 KiB, up to limit bytes. It
// is for files that are uploaded; call it before the server serves.
func (s *Server) AllowBody(route string, limit int64) { s.largerBodies[route] = limit }

// Public is for pages that need no user: sign-in and set-up. Posts are limited
// per address.
func (s *Server) Public() *echo.Group { return s.public }

// API is for bearer-only and credential-only paths: no session, no cookies.
// Who asks is for the routes themselves to find out; see SetPrincipal.
func (s *Server) API() *echo.Group { return s.api }

// healthy says that the process serves; nothing else is asked.
func healthy(c echo.Context) error { return c.String(http.StatusOK, "ok\n") }

// ready says that the store answers too.
func (s *Server) ready(c echo.Context) error {
	_, err := s.sessions.rows.Session(c.Request().Context(), [32]byte{})
	if err != nil && !errors.Is(err, access.ErrNotFound) {
		s.cfg.Log.WarnContext(c.Request().Context(), "not ready", "error", err)
		return c.String(http.StatusServiceUnavailable, "the store does not answer\n")
	}
	return c.String(http.StatusOK, "ready\n")
}

// HTTPServer is the server to listen with (security.md 49). Its listener should
// have been through LimitConnections.
func (s *Server) HTTPServer() *http.Server {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true) // over TLS; never in the clear (CVE-2026-56853)
	return &http.Server{
		Handler:           s.Echo,
		Protocols:         &protocols,
		ReadHeaderTimeout: s.cfg.Timeouts.ReadHeader,
		ReadTimeout:       s.cfg.Timeouts.Read,
		WriteTimeout:      s.cfg.Timeouts.Write,
		IdleTimeout:       s.cfg.Timeouts.Idle,
		MaxHeaderBytes:    maxHeaderBytes,
		// What strangers' connections do wrong is no news.
		ErrorLog: slog.NewLogLogger(s.cfg.Log.Handler(), slog.LevelDebug),
	}
}

// maxConnections is how many clients may be connected at once.
const maxConnections = 4096

// LimitConnections caps how many clients of a listener are connected at once;
// more of them wait until others leave.
func LimitConnections(l net.Listener) net.Listener {
	return netutil.LimitListener(l, maxConnections)
}
