package genesys

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"genesys-timeouts/pkg/spelling"
)

// defaultDomain is the environment of who names none.
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

// ResolveEnvironment gives the domain of an environment that is named by region ("eu-west-1"), by domain
// ("mypurecloud.ie") or by the address of one of its hosts ("https://api.mypurecloud.ie"), in any case; "" is
// mypurecloud.com. A domain that is not on the vendor's list is taken as it is when it is the vendor's by its ending, or
// resembles no domain on the list: credentials must not go to a host that is one slip away from the right one.
func ResolveEnvironment(s string) (string, error) {
	name := strings.ToLower(strings.TrimSpace(s))
	if name == "" {
		return defaultDomain, nil
	}
	if domain, ok := regions[name]; ok {
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
		return "", fmt.Errorf("environment %q is not known: did you mean %q? It is a region name or a domain, one of: %s", printable(s, 80), near, knownEnvironments())
	}
	return "", fmt.Errorf("environment %q is not known: it is a region name or a domain, one of: %s", printable(s, 80), knownEnvironments())
}

// IsVendorDomain reports whether a domain is one of the vendor's: on the list of regions, or below pure.cloud. Credentials may
// go there on a manifest's word; anywhere else takes a flag's or a variable's.
func IsVendorDomain(domain string) bool {
	for _, known := range regions {
		if domain == known {
			return true
		}
	}
	return strings.HasSuffix(domain, ".pure.cloud")
}

// Environments lists, sorted, all names of the vendor's environments: regions and domains.
func Environments() []string {
	return slices.Sorted(func(yield func(string) bool) {
		for region, domain := range regions {
			if !yield(region) || !yield(domain) {
				return
			}
		}
	})
}

// hostDomain takes the domain out of "https://api.mypurecloud.ie/" and "login.mypurecloud.ie".
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

// isDomain reports whether name could be a domain: two labels at least, and an ending of letters.
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

// nearest is the region or domain with the fewest changes between it and name.
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

// baseURL checks the address of one of the two hosts; name is what to call it in an error. Errors never repeat the
// address: it may hold a password.
func baseURL(name, raw string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(raw))
	switch {
	case err != nil || u.Opaque != "" || u.Hostname() == "":
		return nil, fmt.Errorf("the %s is not an address such as https://api.mypurecloud.ie", name)
	case u.User != nil:
		return nil, fmt.Errorf("the %s must not hold a user name or password", name)
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, fmt.Errorf("the %s must not have a query or a fragment", name)
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return nil, fmt.Errorf("the %s uses plain http to %s: credentials go over https, except to this machine", name, printable(u.Host, 100))
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, fmt.Errorf("the %s must start with https://", name)
	case hasDots(u.EscapedPath()):
		return nil, fmt.Errorf("the %s must not have . or .. in its path", name)
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	return url.Parse(u.Scheme + "://" + strings.ToLower(u.Host) + path)
}

// isLoopback reports whether host is this machine.
func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// hasDots reports whether an escaped path has a segment . or .., which a server could resolve to another path.
func hasDots(escaped string) bool {
	for segment := range strings.SplitSeq(escaped, "/") {
		plain, err := url.PathUnescape(segment)
		if err != nil || plain == "." || plain == ".." {
			return true
		}
	}
	return false
}
