package web

import (
	"net"

	"github.com/labstack/echo/v4"
)

// trustProxies sets whom Echo believes about the address and the scheme of a
// client. Both must be set: Echo 4 without an extractor believes any
// X-Forwarded-For (security.md 51).
func trustProxies(e *echo.Echo, cfg Config) {
	if len(cfg.TrustedProxies) == 0 {
		e.IPExtractor = echo.ExtractIPDirect()
		e.SchemeExtractor = echo.ExtractSchemeDirect()
		return
	}
	// Echo trusts loopback and private networks unless told otherwise; only
	// the listed proxies are ours.
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, prefix := range cfg.TrustedProxies {
		prefix = prefix.Masked()
		options = append(options, echo.TrustIPRange(&net.IPNet{
			IP:   prefix.Addr().AsSlice(),
			Mask: net.CIDRMask(prefix.Bits(), prefix.Addr().BitLen()),
		}))
	}
	e.IPExtractor = echo.ExtractIPFromXFFHeader(options...)
	e.SchemeExtractor = echo.ExtractSchemeFromHeaders(options...)
}
