package main

import (
	"fmt"
	"runtime/debug"
)

type versionCommand struct{}

func (versionCommand) Run(c *call) error {
	_, err := fmt.Fprintln(c.streams.out, versionText())
	return err
}

// versionText is what the go command recorded while building: module version
// or revision, whether the tree was changed, and the toolchain.
func versionText() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "latchkey (built without build information)"
	}
	settings := map[string]string{}
	for _, setting := range info.Settings {
		settings[setting.Key] = setting.Value
	}
	text := "latchkey " + info.Main.Version
	if revision := settings["vcs.revision"]; revision != "" {
		text += fmt.Sprintf(" (revision %.12s, %s%s)", revision, settings["vcs.time"], map[string]string{"true": ", with changes"}[settings["vcs.modified"]])
	}
	return text + ", " + info.GoVersion
}
