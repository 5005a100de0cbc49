package genesys

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"genesys-timeouts/pkg/spelling"
)

// defaultDomain is the environment where none is named.
const defaultDomain = "mypurecloud.com"

// regions are the vendor's regions and their domains.
// Source: https://developer.genesys.cloud/platform/api/ and the vendor's SDKs.
var regions = map[string]string{
	"us-east-1":      "mypurecloud.com",
	"eu-west-1":      "mypurecloud.ie",
	"ap-southeast-2": "mypurecloud.com.au",
	"ap-northeast-1": "mypurecloud.jp",
	"eu-central-1":   "mypurecloud.de",
	"us-west-2":      "usw2.pure.cloud",
	"ca-central-1":   "cac1.pure.cloud",
	"ap-northeast-2": "apne2.pure.cloud",
	"eu-west-2":      "euw2.pure.cloud",
	"ap-south-1":     "aps1.pure.cloud",
	"us-east-2":      "use2.us-gov-pure.cloud",
	"sa-east-1":      "sae1.pure.cloud",
	"me-central-1":   "mec1.pure.cloud",
	"ap-northeast-3": "apne3.pure.cloud",
	"eu-central-2":   "euc2.pure.cloud",
	"mx-central-1":   "mxc1.pure.cloud",
	"ap-southeast-1": "apse1.pure.cloud",
	"eusc-de-east-1": "edee1.eusc-pure.cloud",
}

// ResolveEnvironment returns the domain of an environment named by region ("eu-west-1", "eu_west_1"), by domain
// ("mypurecloud.ie") or by the address of one of its hosts ("https://api.mypurecloud.ie"), case-insensitively; "" is
// mypurecloud.com. An unknown domain is accepted if it ends in .pure.cloud or resembles none of the list: a typo must
// not send credentials to someone else's host.
func ResolveEnvironment(s string) (string, error) {
	name := strings.ToLower(strings.TrimSpace(s))
	if name == "" {
		return defaultDomain, nil
	}
	if domain, ok := regions[strings.ReplaceAll(name, "_", "-")]; ok {
		return domain, nil
	}
	name = hostDomain(name)
	near, distance := nearest(name)
	switch {
	case isDomain(name) && (distance == 0 || strings.HasSuffix(name, ".pure.cloud")):
		return name, nil
	case isDomain(name) && distance > 3 && !strings.Contains(name, "purecloud"):
		return name, nil
	case distance <= 3 || isDomain(name):
		return "", fmt.Errorf("environment %q is not known: %s Regions (domains): %s", printable(s, 80),
			spelling.DidYouMean(s, near), knownEnvironments())
	}
	return "", fmt.Errorf("environment %q is not known: want a region or domain of: %s", printable(s, 80),
		knownEnvironments())
}

// IsVendorDomain reports whether a domain is the vendor's: a region's, or below pure.cloud. A manifest alone may send
// credentials there; any other domain needs a flag or a variable.
func IsVendorDomain(domain string) bool {
	for _, known := range regions {
		if domain == known {
			return true
		}
	}
	return strings.HasSuffix(domain, ".pure.cloud")
}

// Environments lists the vendor's regions and domains, sorted.
func Environments() []string {
	return slices.Sorted(func(yield func(string) bool) {
		for region, domain := range regions {
			if !yield(region) || !yield(domain) {
				return
			}
		}
	})
}

// hostDomain extracts the domain from "https://api.mypurecloud.ie/" and "login.mypurecloud.ie".
func hostDomain(name string) string {
	name = strings.TrimPrefix(name, "https://")
	name = strings.TrimSuffix(name, "/")
	for _, host := range []string{"api.", "login.", "apps."} {
		if rest, ok := strings.CutPrefix(name, host); ok {
			return rest
		}
	}
	return name
}

// isDomain reports whether name could be a domain: at least two labels, the last one of letters.
func isDomain(name string) bool {
	labels := strings.Split(name, ".")
	if len(labels) < 2 || len(name) > 253 {
		return false
	}
	for _, label := range labels {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		if strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return strings.Trim(labels[len(labels)-1], "abcdefghijklmnopqrstuvwxyz") == ""
}

// knownEnvironments lists "region (domain)" in order.
func knownEnvironments() string {
	var list []string
	for region, domain := range regions {
		list = append(list, region+" ("+domain+")")
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// nearest is the region or domain at the least edit distance from name.
func nearest(name string) (near string, distance int) {
	if len(name) > 100 {
		return "", 100
	}
	distance = 1 << 30
	for region, domain := range regions {
		for _, known := range []string{region, domain} {
			d := spelling.Distance(name, known)
			if d < distance || d == distance && known < near {
				near, distance = known, d
			}
		}
	}
	return near, distance
}

// baseURL checks the address of one of the two hosts, which errors call name. They do not quote the address: it may
// hold a password.
func baseURL(name, raw string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(raw))
	switch {
	case err != nil || u.Opaque != "" || u.Hostname() == "":
		return nil, fmt.Errorf("%s is not an address such as https://api.mypurecloud.ie", name)
	case u.User != nil:
		return nil, fmt.Errorf("%s must not contain a user name or password", name)
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, fmt.Errorf("%s must not have a query or a fragment", name)
	case u.Scheme == "http" && !IsLoopback(u.Hostname()):
		return nil, fmt.Errorf("%s uses plain http to %s: use https (http is for loopback only)", name, printable(u.Host,
			100))
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, fmt.Errorf("%s must start with https://", name)
	case hasDots(u.EscapedPath()):
		return nil, fmt.Errorf("%s must not have . or .. in its path", name)
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	return url.Parse(u.Scheme + "://" + strings.ToLower(u.Host) + path)
}

// IsLoopback reports whether host is the local machine.
func IsLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// hasDots reports whether an escaped path has a segment . or .., which servers resolve to another path.
func hasDots(escaped string) bool {
	for segment := range strings.SplitSeq(escaped, "/") {
		plain, err := url.PathUnescape(segment)
		if err != nil || plain == "." || plain == ".." {
			return true
		}
	}
	return false
}
