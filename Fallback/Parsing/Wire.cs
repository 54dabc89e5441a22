using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace NetPolNic.Fallback.Parsing;

/// <summary>Unaligned big-endian reads. The caller has checked the bounds.</summary>
internal static unsafe class Wire
{
    public static ushort U16(byte* at) => BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<ushort>(at));

    public static uint U32(byte* at) => BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<uint>(at));

    public static ulong U64(byte* at) => BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<ulong>(at));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong U48(byte* at) => ((ulong)U16(at) << 32) | U32(at + 2);

    public static UInt128 U128(byte* at) => new(U64(at), U64(at + 8));
}
