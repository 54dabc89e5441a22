using System.Text.RegularExpressions;

namespace NetPolNic.Agent.Hosting;

/// <summary>A DPDK device as an option names it: a PCI address or a virtual device, each with its arguments.</summary>
/// <param name="Name">What EAL calls its port: 0000:3b:00.0, net_tap0.</param>
/// <param name="Arguments">Arguments of the driver, comma separated; may be empty.</param>
/// <param name="IsPci">A PCI function; EAL must be told of it when it starts, and of no other.</param>
internal sealed partial record DpdkDevice(string Name, string Arguments, bool IsPci)
{
    /// <summary>As EAL's -a takes it.</summary>
    public string AllowEntry => Arguments.Length == 0 ? Name : $"{Name},{Arguments}";

    /// <summary>Takes a device apart; null where it is neither a PCI address nor net_….</summary>
    public static DpdkDevice? Parse(string text)
    {
        int comma = text.IndexOf(',', StringComparison.Ordinal);
        string name = comma < 0 ? text : text[..comma];
        string arguments = comma < 0 ? "" : text[(comma + 1)..];
        if (VirtualName().IsMatch(name))
        {
            return new DpdkDevice(name, arguments, IsPci: false);
        }

        if (!PciAddress().IsMatch(name))
        {
            return null;
        }

        // DPDK names ports by the full address in lower case.
        string address = name.Length == "bb:dd.f".Length ? $"0000:{name}" : name;
#pragma warning disable CA1308 // Not a comparison: the form that DPDK prints.
        return new DpdkDevice(address.ToLowerInvariant(), arguments, IsPci: true);
#pragma warning restore CA1308
    }

    /// <summary>As <see cref="Parse"/>, for options that have no problems.</summary>
    /// <exception cref="FormatException">It is no device.</exception>
    public static DpdkDevice Of(string text) => Parse(text) ?? throw new FormatException(ProblemOf(text));

    /// <summary>Why this is no device, and what one looks like.</summary>
    public static string ProblemOf(string text) =>
        $"'{text}' is no DPDK device: a PCI address (0000:3b:00.0) or a virtual device " +
        "(net_af_packet0,iface=eth0) is expected";

    [GeneratedRegex(@"\Anet_[a-z0-9_]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex VirtualName();

    [GeneratedRegex(
        @"\A([0-9a-f]{4}:)?[0-9a-f]{2}:[01][0-9a-f]\.[0-7]\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex PciAddress();
}
