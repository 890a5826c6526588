package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"latchkey/access"
	"latchkey/web"
)

// single is the answer about one thing, with the ETag of what it says
// (RFC 9110 section 8.8.3).
type single[T any] struct {
	ctx     context.Context
	version int64
	body    T
}

func (s single[T]) answer() error {
	body, err := json.Marshal(s.body)
	if err != nil {
		return err
	}
	c, tag := echoOf(s.ctx), etag(s.version, body)
	c.Response().Header().Set("ETag", tag)
	if c.Request().Method != http.MethodPatch && matches(c.Request().Header.Get("If-None-Match"), tag) {
		return c.NoContent(http.StatusNotModified)
	}
	return c.Blob(http.StatusOK, contentJSON, body)
}

func (s single[T]) VisitGetApplicationResponse(http.ResponseWriter) error    { return s.answer() }
func (s single[T]) VisitUpdateApplicationResponse(http.ResponseWriter) error { return s.answer() }
func (s single[T]) VisitGetServiceAccountResponse(http.ResponseWriter) error { return s.answer() }
func (s single[T]) VisitUpdateServiceAccountResponse(http.ResponseWriter) error {
	return s.answer()
}
func (s single[T]) VisitGetAccessRuleResponse(http.ResponseWriter) error      { return s.answer() }
func (s single[T]) VisitGetRoleResponse(http.ResponseWriter) error            { return s.answer() }
func (s single[T]) VisitGetUserResponse(http.ResponseWriter) error            { return s.answer() }
func (s single[T]) VisitGetUserApplicationResponse(http.ResponseWriter) error { return s.answer() }
func (s single[T]) VisitGetAccessKeyResponse(http.ResponseWriter) error       { return s.answer() }
func (s single[T]) VisitGetClusterResponse(http.ResponseWriter) error         { return s.answer() }
func (s single[T]) VisitRenameClusterResponse(http.ResponseWriter) error      { return s.answer() }
func (s single[T]) VisitGetDepartmentResponse(http.ResponseWriter) error      { return s.answer() }
func (s single[T]) VisitRenameDepartmentResponse(http.ResponseWriter) error   { return s.answer() }
func (s single[T]) VisitGetProjectResponse(http.ResponseWriter) error         { return s.answer() }
func (s single[T]) VisitRenameProjectResponse(http.ResponseWriter) error      { return s.answer() }

// neverChanged is the version of what is made once and only ever deleted: access
// rules and roles.
const neverChanged = 1

// etag has two parts. The version is what a change is held against: that an
// application signed in meanwhile is no reason to refuse one. The digest of the
// body tells whether there is anything new to read, a sign-in included.
func etag(version int64, body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + strconv.FormatInt(version, 10) + "-" + hex.EncodeToString(sum[:8]) + `"`
}

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
		if version, ours := versionOf(strings.TrimSpace(tag)); ours && !slices.Contains(versions, version) {
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

// versionOf reads the first part of a tag of ours; the second may be missing.
func versionOf(tag string) (version int64, ours bool) {
	inner, opened := strings.CutPrefix(tag, `"`)
	inner, closed := strings.CutSuffix(inner, `"`)
	number, _, _ := strings.Cut(inner, "-")
	version, err := strconv.ParseInt(number, 10, 64)
	return version, opened && closed && err == nil && version > 0 && strconv.FormatInt(version, 10) == number
}

// onlyVersion is wantedVersion for what has had one version since it was made.
func onlyVersion(header string) error {
	version, err := wantedVersion(header, func() (int64, error) { return neverChanged, nil })
	if err == nil && version > neverChanged {
		err = access.ErrStale
	}
	return err
}

func preconditionFailed(cause error) error {
	who := ""
	if stale := (*access.StaleError)(nil); errors.As(cause, &stale) {
		who = fmt.Sprintf("%s changed it at %s. ", stale.By, stale.At.UTC().Format(time.RFC3339))
	}
	return &web.Problem{
		Status:  http.StatusPreconditionFailed,
		Message: "It was changed since it was read.",
		Details: who + "GET it again, look at what is different, and repeat the change with the ETag of that answer in If-Match. " +
			"Without If-Match the change is made whatever is there.",
		Cause: cause,
	}
}
