using System.Runtime.InteropServices;
using System.Text;

namespace Dpdk.Raw;

/// <summary>C strings, copied at once in both directions.</summary>
internal static unsafe class NativeText
{
    /// <summary>The string's copy; empty for null.</summary>
    internal static string Read(byte* text) => ReadOrNull(text) ?? "";

    /// <summary>The string's copy, or null for null.</summary>
    internal static string? ReadOrNull(byte* text) =>
        text == null ? null : Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));

    /// <summary>UTF-8 with a terminating zero.</summary>
    internal static byte[] Bytes(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException("the text contains a zero character", nameof(text));
        }

        return Encoding.UTF8.GetBytes(text + '\0');
    }

    /// <summary>The same for a name that DPDK keeps in a fixed array.</summary>
    /// <param name="text">The name.</param>
    /// <param name="capacity">Bytes of the array, the zero included.</param>
    internal static byte[] Name(string text, int capacity)
    {
        byte[] bytes = Bytes(text);
        if (bytes.Length < 2 || bytes.Length > capacity)
        {
            throw new ArgumentException($"the name '{text}' must have 1 to {capacity - 1} bytes", nameof(text));
        }

        return bytes;
    }
}
