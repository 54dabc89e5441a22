using System.Globalization;
using System.Net;

namespace NetPolNic.Agent.Observability;

/// <summary>Reads where to listen: an address with a port, or nowhere.</summary>
internal static class ListenAddress
{
    /// <summary>The word for not listening.</summary>
    public const string None = "none";

    /// <summary>
    /// Reads "10.0.0.1:9099", "[::1]:9099", "localhost:9099" or ":9099" (every address); null for "none".
    /// </summary>
    /// <returns>Whether the text says one of these.</returns>
    public static bool TryParse(string text, out IPEndPoint? endPoint)
    {
        endPoint = null;
        if (text == None)
        {
            return true;
        }

        int colon = text.LastIndexOf(':');
        string address = colon < 0 ? "" : text[..colon];
        if (colon < 0 || !ushort.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out ushort l4Port))
        {
            return false;
        }

        IPAddress? ip = address switch
        {
            "" => IPAddress.IPv6Any,
            "localhost" => IPAddress.Loopback,
            ['[', .. string inner, ']'] when IPAddress.TryParse(inner, out IPAddress? v6) => v6,
            _ when !address.Contains(':', StringComparison.Ordinal) && IPAddress.TryParse(address, out IPAddress? v4) => v4,
            _ => null,
        };
        endPoint = ip is null ? null : new IPEndPoint(ip, l4Port);
        return endPoint is not null;
    }
}
