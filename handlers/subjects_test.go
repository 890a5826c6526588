package handlers_test

import (
	"net/http"
	"testing"
)

func TestSubjectsAreFoundByName(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	ada := p.administrator().scripted()
	app, _ := p.application("adapter")
	found := ada.get("/subjects?q=ada").wantStatus(http.StatusOK)
	found.wantText("[role=option]:first-child .option-label", adminEmail).wantText("[role=option]:nth-child(2) .option-text", "Application")
	if got := found.find("[role=option]:nth-child(2)").AttrOr("data-value", ""); got != "app:"+app.ID {
		t.Errorf("choosing the application sends %q", got)
	}
	ada.get("/subjects?q=ada&type=app").wantText("[role=option] .option-label", "adapter")
	ada.get("/subjects?q=nothing").wantNone("[role=option]")
	ada.get("/subjects?q=%ff").wantStatus(http.StatusBadRequest)
}
