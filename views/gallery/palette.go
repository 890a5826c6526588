package gallery

import (
	"time"

	"latchkey/access"
	"latchkey/views"
	"latchkey/views/ui"
)

// paletteStates are what the palette finds, in its dialog and on its page.
func paletteStates() []State {
	nothing := views.PaletteScreen{Query: "nobody's"}
	app := access.Application{ID: exampleID, Name: "billing-sync", ClientID: "billing-sync", Enabled: true, CreatedBy: "dana@acme.example"}
	app.Key.LastUsed = Now.Add(-90 * time.Minute)
	laptop := access.AccessKey{ID: exampleID, Name: "laptop", ClientID: "0key-exampleexample", Owner: access.Subject{Type: access.SubjectUser, ID: exampleID, Name: "dana@acme.example"}}
	return []State{
		{Name: "palette/start", Component: paletteStart().Results()},
		{Name: "palette/found", Component: paletteFound().Results()},
		{Name: "palette/key", Component: views.KeyCard(paletteKey(access.KeyOwner{Application: &app}))},
		{Name: "palette/key-of-access-key", Component: views.KeyCard(paletteKey(access.KeyOwner{AccessKey: &laptop}))},
		{Name: "palette/key-unknown", Component: views.KeyCard(views.KeyAnswer{Clock: exampleClock()})},
		{Name: "palette/key-page", Document: true, Component: views.KeyPage(paletteFrame(), paletteKey(access.KeyOwner{Application: &app}))},
		{Name: "palette/nothing", Component: nothing.Results()},
		{Name: "palette/page", Document: true, Component: views.PalettePage(paletteFrame(), paletteFound())},
		{Name: "palette/page-nothing", Document: true, Component: views.PalettePage(paletteFrame(), nothing)},
	}
}

func paletteKey(owner access.KeyOwner) views.KeyAnswer {
	return views.KeyAnswer{Owner: &owner, Clock: exampleClock()}
}

func paletteFrame() ui.FrameProps {
	frame := consoleFrame()
	frame.Title = "Find anything"
	frame.Palette = ui.PaletteProps{Href: views.PalettePath, KeyHref: views.PaletteKeyPath}
	return frame
}

func paletteStart() views.PaletteScreen {
	return views.PaletteScreen{Groups: []ui.FindGroup{
		{Label: "Go to", Finds: views.FindScreens(consoleFrame(), "")},
		{Label: "Do", Finds: views.FindActions("")},
	}}
}

func paletteFound() views.PaletteScreen {
	return views.PaletteScreen{Query: "bill", Groups: []ui.FindGroup{
		{Label: "Applications", Finds: []ui.Find{
			views.FindApplication(access.Application{ID: exampleID, Name: "billing-sync", Enabled: true}, Now),
			views.FindApplication(access.Application{ID: exampleID, Name: "billing-sync-of-a-name-as-long-as-names-may-be-sixty-four-long", Enabled: false}, Now),
			views.FindInTable("bill"),
		}},
		{Label: "Users", Finds: []ui.Find{views.FindUser(access.Subject{Type: access.SubjectUser, ID: exampleID, Name: "bill@acme.example"})}},
		{Label: "Scopes", Finds: []ui.Find{views.FindScope(access.Scope{ID: exampleID, Name: "billing", Names: []string{"acme", "us-2", "operations", "billing"}})}},
	}}
}
