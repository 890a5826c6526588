package token

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// splitCompact returns the three parts of a token in compact form (RFC 7515 section 7.1), still encoded.
func splitCompact(raw string) (parts [3]string, err error) {
	if len(raw) > maxTokenLen {
		return parts, fmt.Errorf("%w: it is longer than %d bytes", ErrInvalidToken, maxTokenLen)
	}
	// Counted before anything is split, so that thousands of dots cost no memory (CVE-2025-30204).
	if strings.Count(raw, ".") != 2 {
		return parts, fmt.Errorf("%w: it does not have three parts", ErrInvalidToken)
	}
	return [3]string(strings.Split(raw, ".")), nil
}

// decodePart reads base64url without padding, line breaks or stray bits at the end (RFC 7515 section 2). Decoders are more
// generous than that, so that one token would have many texts.
func decodePart(part string) ([]byte, error) {
	decoded, err := base64.RawURLEncoding.Strict().DecodeString(part)
	if err != nil || strings.ContainsAny(part, "\r\n") {
		return nil, fmt.Errorf("%w: it is not base64url", ErrInvalidToken)
	}
	return decoded, nil
}
