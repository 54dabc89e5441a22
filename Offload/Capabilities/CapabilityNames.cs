namespace NetPolNic.Offload.Capabilities;

/// <summary>The spelling of items, fields, mask kinds and actions in profiles and device arguments.</summary>
public static class CapabilityNames
{
    private static readonly string[] s_fields =
    [
        "eth.src", "eth.dst", "eth.type", "vlan.tci", "vlan.type", "ipv4.src", "ipv4.dst", "ipv4.proto", "ipv4.frag",
        "ipv6.src", "ipv6.dst", "ipv6.proto", "ipv6.has_frag", "ipv6_frag.data", "tcp.src", "tcp.dst", "tcp.flags",
        "udp.src", "udp.dst", "sctp.src", "sctp.dst", "icmp.type", "icmp.code", "icmp6.type", "icmp6.code",
    ];

    private static readonly string[] s_items =
        ["eth", "vlan", "ipv4", "ipv6", "ipv6_frag_ext", "tcp", "udp", "sctp", "icmp", "icmp6"];

    private static readonly string[] s_actions =
        ["drop", "passthru", "queue", "mark", "flag", "rss", "count", "jump", "age"];

    private static readonly string[] s_kinds = ["none", "exact", "prefix", "any", "range"];

    private static readonly string[] s_fragments = ["first", "miss", "any", Unknown];

    private static readonly string[] s_extensions = ["parse", "none", Unknown];

    private static readonly string[] s_protos = ["first", "last", Unknown];

    private static readonly string[] s_directions = ["ingress", "transfer"];

    /// <summary>The word for what nobody knows.</summary>
    public const string Unknown = "unknown";

    public static string Of(MatchField field) => s_fields[(int)field];

    public static string Of(NicItem item) => s_items[(int)item];

    public static string Of(NicAction action) => s_actions[(int)action];

    public static string Of(MaskKind kind) => s_kinds[(int)kind];

    public static string Of(FragmentL4 value) => s_fragments[(int)value];

    public static string Of(Ipv6Extensions value) => s_extensions[(int)value];

    public static string Of(Ipv6Proto value) => s_protos[(int)value];

    public static string Of(RuleDirection value) => s_directions[(int)value];

    /// <summary>The field of that name.</summary>
    /// <exception cref="FormatException">No field has the name.</exception>
    public static MatchField ParseField(string text) => (MatchField)IndexOf(s_fields, text, "field");

    /// <summary>The item of that name.</summary>
    /// <exception cref="FormatException">No item has the name.</exception>
    public static NicItem ParseItem(string text) => (NicItem)IndexOf(s_items, text, "item");

    /// <summary>The action of that name.</summary>
    /// <exception cref="FormatException">No action has the name.</exception>
    public static NicAction ParseAction(string text) => (NicAction)IndexOf(s_actions, text, "action");

    /// <summary>The mask kind of that name.</summary>
    /// <exception cref="FormatException">No mask kind has the name.</exception>
    public static MaskKind ParseKind(string text) => (MaskKind)IndexOf(s_kinds, text, "mask kind");

    internal static FragmentL4 ParseFragments(string text) => (FragmentL4)IndexOf(s_fragments, text, "l4OnFragments");

    internal static Ipv6Extensions ParseExtensions(string text) =>
        (Ipv6Extensions)IndexOf(s_extensions, text, "ipv6Extensions");

    internal static Ipv6Proto ParseIpv6Proto(string text) => (Ipv6Proto)IndexOf(s_protos, text, "ipv6Proto");

    internal static RuleDirection ParseDirection(string text) => (RuleDirection)IndexOf(s_directions, text, "direction");

    private static int IndexOf(string[] names, string text, string what)
    {
        int index = Array.IndexOf(names, text);
        return index >= 0
            ? index
            : throw new FormatException($"'{text}' is not a known {what}; known are {string.Join(", ", names)}");
    }
}
