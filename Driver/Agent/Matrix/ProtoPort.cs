using System.Globalization;
using NetPolNic.Policy.Model;

namespace NetPolNic.Agent.Matrix;

/// <summary>One column set of the matrix: a protocol and a destination port, host order.</summary>
internal readonly record struct ProtoPort(L4Proto Proto, ushort L4Port) : IComparable<ProtoPort>
{
    /// <summary>Parses "80", "81/UDP" or "UDP/81"; TCP where no protocol is given; 1..65535.</summary>
    public static bool TryParse(string text, out ProtoPort value)
    {
        value = default;
        string[] parts = text.Trim().Split('/');
        if (parts.Length > 2)
        {
            return false;
        }

        bool protocolFirst = parts.Length == 2 && !char.IsAsciiDigit(parts[0].FirstOrDefault());
        string number = protocolFirst ? parts[1] : parts[0];
        string protocol = parts.Length == 1 ? "TCP" : protocolFirst ? parts[0] : parts[1];
        if (!TryParseProto(protocol, out L4Proto proto) ||
            !ushort.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out ushort l4Port) || l4Port == 0)
        {
            return false;
        }

        value = new ProtoPort(proto, l4Port);
        return true;
    }

    /// <summary>Parses a protocol name, in any case.</summary>
    public static bool TryParseProto(string text, out L4Proto proto)
    {
        (bool known, proto) = text.ToUpperInvariant() switch
        {
            "TCP" => (true, L4Proto.Tcp),
            "UDP" => (true, L4Proto.Udp),
            "SCTP" => (true, L4Proto.Sctp),
            _ => (false, default),
        };
        return known;
    }

    public int CompareTo(ProtoPort other) => (Proto, L4Port).CompareTo((other.Proto, other.L4Port));

    /// <summary>"TCP/80", as the JSON output names it.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Proto.ToString().ToUpperInvariant()}/{L4Port}");
}
