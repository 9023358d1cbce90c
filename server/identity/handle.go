package identity

import (
	"fmt"
	"io"
	"math/big"
	"strings"

	crand "crypto/rand"

	"github.com/mtibben/confusables"
	"golang.org/x/text/secure/precis"

	"porchlight/protocol"
)

// Handles are two calm words. Nothing here is a person's first name, a drink, a substance, a weapon, a body or a fall.
var firsts = strings.Fields(`
Ample Autumn Bare Bold Braided Brave Bright Brisk Broad Bronze Calm Candid Careful Chalk Clear Clever Cloudy
Cobalt Copper Cosy Curious Daily Dappled Deft Distant Dusky Eager Early Earnest Easy Even Faded Fair Faithful Far Fine
Firm First Fleet Free Fresh Friendly Gentle Gilded Glad Golden Good Grand Grateful Great Green Grey Hale Handy Happy
Hardy Hazy Hearty Humble Indigo Inland Jolly Keen Kind Large Late Leafy Level Light Linen Little Lively Long Loyal
Lucid Lunar Mellow Merry Mild Mindful Misty Modest Morning Mossy Neat New Nimble Noble Northern Olive Open Patient
Pearl Pebbled Plain Pleasant Polished Polite Proud Quick Quiet Ready Rested Roaming Round Russet Scarlet Serene
Shaded Shy Silent Silver Simple Singing Slow Small Smooth Soft Solid Southern Speckled Spring Stable Starry
Steady Still Striped Sturdy Subtle Summer Sunlit Sure Swift Tall Tame Tawny Tender Thankful Tidy Tranquil True Trusty Upland
Velvet Wandering Warm Western White Whole Wide Willing Winding Windy Winter Wise Wooden Woven Yellow Young`)

var seconds = strings.Fields(`
Acorn Alder Apple Arch Aspen Badger Barn Basket Bay Beach Beacon Bean Beaver Beech Bell Bench Birch Bison Blanket
Blossom Boat Bobbin Bough Bramble Branch Breeze Brook Button Cabin Candle Canoe Canyon Catkin Cedar Chair Chestnut
Clay Cloud Clover Coast Comet Compass Corn Cottage Cove Crane Creek Cricket Crow Curlew Deer Delta Dolphin
Dove Dune Eagle Elk Elm Ember Falcon Feather Fen Fern Ferry Field Finch Fir Firefly Forest Fox Garden Gate Gecko Glade
Goose Gorse Grove Gull Harbor Hare Harvest Hawk Hearth Hedge Heron Hill Hollow Horizon Hut Island Kestrel
Kettle Ladder Lagoon Lake Lamp Lantern Lark Larch Leaf Lichen Linnet Loaf Loom Lynx Magpie Maple Marsh Meadow Mill Mitten Moon Moor Moss Moth Mountain Nest Newt Oak Oar Oat Orchard Osprey Otter Owl Paddle Palm
Parsley Path Pear Pebble Pelican Penguin Pine Planet Plover Plum Pond Poplar Porch Puffin Quail Quilt Rabbit Rain Raven Reed
Reef Ridge River Robin Rook Saddle Sail Salmon Sand Seal Seed Shell Shore Sky Slate Snail Sparrow Spruce
Squirrel Star Starling Step Stone Stork Stream Swallow Swan Sycamore Teal Thicket Thistle Thrush Tide Timber Toad Trail
Tree Trout Tulip Turtle Valley Wagon Walnut Warbler Water Wave Wharf Wheat Wheel Whale Willow Wind Window Wing Wool Wren Yarn`)

// SuggestHandle draws a handle that taken says is free; after forty tries the room is too full of names and that is an error.
func SuggestHandle(rand io.Reader, taken func(protocol.Handle) (bool, error)) (protocol.Handle, error) {
	for range 40 {
		first, err := pick(rand, firsts)
		if err != nil {
			return "", err
		}
		second, err := pick(rand, seconds)
		if err != nil {
			return "", err
		}
		h := protocol.Handle(first + " " + second)
		used, err := taken(h)
		if err != nil {
			return "", err
		}
		if !used {
			return h, nil
		}
	}
	return "", protocol.Err(protocol.CodeHandle)
}

func pick(rand io.Reader, from []string) (string, error) {
	n, err := crand.Int(rand, big.NewInt(int64(len(from))))
	if err != nil {
		return "", fmt.Errorf("draw a handle: %w", err)
	}
	return from[n.Int64()], nil
}

// ValidHandle reports whether h is one that SuggestHandle can draw: a handle is offered, never typed.
func ValidHandle(h protocol.Handle) bool {
	first, second, ok := strings.Cut(string(h), " ")
	return ok && contains(firsts, first) && contains(seconds, second)
}

func contains(list []string, w string) bool {
	for _, l := range list {
		if l == w {
			return true
		}
	}
	return false
}

// Skeleton is what a name looks like to the eye: the PRECIS nickname form (RFC 8266) with look-alike letters folded
// (Unicode TR 39). They catch different tricks. Names with one skeleton must not meet in a room.
func Skeleton(h protocol.Handle) string {
	plain, err := precis.Nickname.String(string(h))
	if err != nil {
		plain = string(h)
	}
	// Once before lower-casing and once after: a Cyrillic capital looks like a Latin one that its small letter does not.
	return confusables.Skeleton(strings.ToLower(confusables.Skeleton(plain)))
}

// CheckName reports whether a facilitator's name can stand beside handles: 2 to 24 letters or spaces, no look-alike of a role.
func CheckName(name string) (protocol.Handle, error) {
	plain, err := precis.Nickname.String(name)
	if err != nil || len([]rune(plain)) < 2 || len([]rune(plain)) > 24 {
		return "", protocol.Err(protocol.CodeInvalid)
	}
	for _, role := range []protocol.Handle{"facilitator", "staff", "operator", "admin", "moderator", "system", "porchlight"} {
		if Skeleton(protocol.Handle(plain)) == Skeleton(role) {
			return "", protocol.Err(protocol.CodeInvalid)
		}
	}
	return protocol.Handle(plain), nil
}
