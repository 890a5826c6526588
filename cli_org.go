package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"latchkey/access"
)

type orgCommands struct {
	Export orgExport `cmd:"" help:"Write the organization, its clusters, departments and projects, as YAML."`
	Import orgImport `cmd:"" help:"Make the organization what a YAML file says, and print the difference."`
}

type orgExport struct {
	File string `arg:"" optional:"" help:"Where to write it; it must not exist yet. Standard output unless given."`
	IDs  bool   `name:"ids" help:"With ids, so that an import tells a new name or place from a new node."`
}

func (cmd *orgExport) Run(c *call) error {
	return c.withInstallation(func(inst *installation) error {
		file, err := inst.service.ExportOrganization(c.ctx, operator(), cmd.IDs)
		if err != nil {
			return err
		}
		text, err := file.YAML()
		if err != nil {
			return err
		}
		if cmd.File == "" {
			_, err := c.streams.out.Write(text)
			return err
		}
		return writeNew(cmd.File, text)
	})
}

// writeNew writes a file that must not exist yet.
func writeNew(path string, text []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s exists already: choose another name, or remove it", path)
	}
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Close())
}

type orgImport struct {
	File   string `arg:"" help:"The YAML file, or - for standard input."`
	DryRun bool   `help:"Print the difference and change nothing."`
	Remove bool   `help:"Remove what the file does not name, with its access rules."`
}

func (cmd *orgImport) Run(c *call) error {
	data, err := cmd.read(c.streams.in)
	if err != nil {
		return err
	}
	file, err := access.ParseOrganization(data)
	if err != nil {
		return readable(err)
	}
	return c.withInstallation(func(inst *installation) error {
		run := inst.service.ImportOrganization
		if cmd.DryRun {
			run = inst.service.CompareOrganization
		}
		difference, err := run(c.ctx, operator(), access.OrganizationImport{File: file, Remove: cmd.Remove})
		if err != nil {
			return readable(err)
		}
		if len(difference.Changes) == 0 {
			_, err := fmt.Fprintln(c.streams.out, "The organization is what the file says already.")
			return err
		}
		_, err = io.WriteString(c.streams.out, difference.Text())
		return err
	})
}

// read reads no more than a file may have, and a byte to tell that it has more.
func (cmd *orgImport) read(in io.Reader) ([]byte, error) {
	if cmd.File != "-" {
		file, err := os.Open(cmd.File)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		in = file
	}
	return io.ReadAll(io.LimitReader(in, access.MaxOrganizationFile+1))
}

// readable leaves the names of form fields out of a refusal.
func readable(err error) error {
	var invalid *access.InvalidError
	if !errors.As(err, &invalid) {
		return err
	}
	text := ""
	for i, f := range invalid.Fields {
		if i > 0 {
			text += " "
		}
		text += f.Message
	}
	return errors.New(text)
}
