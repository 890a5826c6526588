package api

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"latchkey/access"
	"latchkey/web"
)

// etag names a version of something (RFC 9110 section 8.8.3).
func etag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// wantedVersion reads If-Match (RFC 9110 section 13.1.1): the version that the
// thing must have, or 0 for whichever. present is asked for if the client named
// several. Tags that are not ours match nothing.
func wantedVersion(header string, present func() (int64, error)) (int64, error) {
	header = strings.TrimSpace(header)
	if header == "" || header == "*" {
		return 0, nil
	}
	var versions []int64
	for tag := range strings.SplitSeq(header, ",") {
		tag = strings.TrimSpace(tag)
		number, quoted := strings.CutPrefix(strings.TrimSuffix(tag, `"`), `"`)
		version, err := strconv.ParseInt(number, 10, 64)
		if err == nil && quoted && version > 0 && etag(version) == tag {
			versions = append(versions, version)
		}
	}
	switch len(versions) {
	case 0:
		return 0, access.ErrStale
	case 1:
		return versions[0], nil
	}
	version, err := present()
	if err != nil {
		return 0, err
	}
	if !slices.Contains(versions, version) {
		return 0, access.ErrStale
	}
	return version, nil
}

func preconditionFailed(cause error) error {
	return &web.Problem{
		Status:  http.StatusPreconditionFailed,
		Message: "It was changed since it was read. Read it again and repeat the change.",
		Cause:   cause,
	}
}
