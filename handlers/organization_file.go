package handlers

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/web"
)

// maxImportBody is the largest body of an import: the file, and as much again,
// since a form of plain fields writes one character as three here and there.
const maxImportBody = 2*access.MaxOrganizationFile + 64<<10

// exportOrganization is all that the person sees of the organisation, as one
// YAML file. HEAD takes nothing away, so nothing is recorded of it.
func (h *console) exportOrganization(c echo.Context) error {
	header := c.Response().Header()
	header.Set(echo.HeaderContentType, "application/yaml; charset=utf-8") // RFC 9512
	web.NoStore(c)
	if c.Request().Method == http.MethodHead {
		return c.NoContent(http.StatusOK)
	}
	file, err := h.svc.ExportOrganization(c.Request().Context(), web.CallerOf(c), c.QueryParam(views.ParamIDs) == "true")
	if err != nil {
		return err
	}
	text, err := file.YAML()
	if err != nil {
		return err
	}
	name := "organization-" + h.clock(c).Now.UTC().Format("2006-01-02T1504Z") + ".yaml"
	header.Set(echo.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	return c.Blob(http.StatusOK, "application/yaml; charset=utf-8", text)
}

// importForm takes the file.
func (h *console) importForm(c echo.Context) error {
	return h.showImport(c, http.StatusOK, views.ImportFile{})
}

// compareOrganization is the dry run: it shows what the file would change.
func (h *console) compareOrganization(c echo.Context) error {
	form, err := importedForm(c)
	if err != nil {
		return err
	}
	return h.showDifference(c, http.StatusOK, form, views.Problems{})
}

// importOrganization applies the difference that was shown, or nothing.
func (h *console) importOrganization(c echo.Context) error {
	form, err := importedForm(c)
	if err != nil {
		return err
	}
	in, err := organizationImport(form)
	if err != nil {
		return h.refuseImport(c, err, form)
	}
	if in.Digest == "" {
		err := access.Invalid(views.FieldFile, "Look at the difference first, then apply that.")
		return h.refuseImport(c, err, form)
	}
	applied, err := h.svc.ImportOrganization(c.Request().Context(), web.CallerOf(c), in)
	if conflict := (*access.ConflictError)(nil); errors.As(err, &conflict) {
		// The same question again has another answer by now; that is shown.
		return h.showDifference(c, http.StatusConflict, form, views.Problems{Form: conflict.Message})
	}
	if err != nil {
		return h.refuseImport(c, err, form)
	}
	text := "The organization was what the file says already. Nothing was changed."
	if words := views.DifferenceWords(applied); words != "" {
		text = "The organization is what the file says now: " + words + "."
	}
	return inOrganization(access.TenantNodeID).notice(c, http.StatusOK, views.Notice{Title: "Imported", Text: text})
}

// importedForm is the form of an import, sent with a file or as plain fields.
// A file that was chosen counts before a text that was typed.
func importedForm(c echo.Context) (url.Values, error) {
	if !strings.HasPrefix(c.Request().Header.Get(echo.HeaderContentType), echo.MIMEMultipartForm) {
		return postForm(c)
	}
	// All of it is kept in memory: the body was limited before.
	parts, err := c.MultipartForm()
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", access.Invalid("form", "The form could not be read. Go back and send it again."), err)
	}
	defer func() { _ = parts.RemoveAll() }()
	form := url.Values(parts.Value)
	if files := parts.File[views.FieldFile]; len(files) > 0 && files[0].Size > 0 {
		file, err := files[0].Open()
		if err != nil {
			return nil, fmt.Errorf("open the file that was sent: %w", err)
		}
		defer file.Close()
		text, err := io.ReadAll(file)
		if err != nil {
			return nil, fmt.Errorf("read the file that was sent: %w", err)
		}
		form.Set(views.FieldYAML, string(text))
	}
	return form, nil
}

func organizationImport(form url.Values) (access.OrganizationImport, error) {
	text := form.Get(views.FieldYAML)
	if strings.TrimSpace(text) == "" {
		return access.OrganizationImport{}, access.Invalid(views.FieldFile, "Choose a file, or paste its text.")
	}
	file, err := access.ParseOrganization([]byte(text))
	return access.OrganizationImport{File: file, Remove: form.Get(views.FieldUnnamed) == "true", Digest: form.Get(views.FieldDigest)}, err
}

// showDifference compares once more, so that what is shown is what there is.
func (h *console) showDifference(c echo.Context, status int, form url.Values, problems views.Problems) error {
	in, err := organizationImport(form)
	if err != nil {
		return h.refuseImport(c, err, form)
	}
	difference, err := h.svc.CompareOrganization(c.Request().Context(), web.CallerOf(c), in)
	if err != nil {
		return h.refuseImport(c, err, form)
	}
	screen := views.ImportDifference{Problems: problems, YAML: form.Get(views.FieldYAML), Remove: in.Remove, Difference: difference}
	return inOrganization(access.TenantNodeID).show(c, status, "Import", func(bool) templ.Component { return views.ImportDifferenceDialog(screen) })
}

// refuseImport shows the form again, with the text of the file to mend.
func (h *console) refuseImport(c echo.Context, err error, form url.Values) error {
	problems, ok := problemsOf(err)
	if !ok {
		return err
	}
	if errors.Is(err, access.ErrForbidden) {
		web.ToldRefusal(c, err)
	}
	return h.showImport(c, web.StatusOf(err), views.ImportFile{
		Problems: problems, YAML: shownText(form.Get(views.FieldYAML)), Remove: form.Get(views.FieldUnnamed) == "true",
	})
}

// shownText is a text to mend in the page; one that is longer than a form was
// a file, and is mended there.
func shownText(text string) string {
	const most = 64 << 10
	if len(text) > most {
		return ""
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}

func (h *console) showImport(c echo.Context, status int, screen views.ImportFile) error {
	return inOrganization(access.TenantNodeID).show(c, status, "Import", func(bool) templ.Component { return views.ImportDialog(screen) })
}
