using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Dpdk.Flow;

/// <summary>
/// The three zeroed blocks of one item; writes fields into them in network byte order, spec cut to its mask.
/// </summary>
internal unsafe ref struct ItemBlocks
{
    internal ItemBlocks(byte* blocks)
    {
        Spec = blocks;
        Last = blocks + NativeFlowRule.BlockBytes;
        Mask = blocks + (2 * NativeFlowRule.BlockBytes);
    }

    /// <summary>Block of values.</summary>
    internal byte* Spec { get; }

    /// <summary>Block of upper ends.</summary>
    internal byte* Last { get; }

    /// <summary>Block of masks.</summary>
    internal byte* Mask { get; }

    /// <summary>Whether a field was written.</summary>
    internal bool HasFields { get; private set; }

    /// <summary>Whether a field is a range.</summary>
    internal bool HasRange { get; private set; }

    /// <summary>An 8-bit field.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Write(int offset, FieldMatch<byte>? field)
    {
        if (field.HasValue)
        {
            WriteSet(offset, field.GetValueOrDefault());
        }
    }

    /// <summary>A 16-bit field.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Write(int offset, FieldMatch<ushort>? field)
    {
        if (field.HasValue)
        {
            WriteSet(offset, field.GetValueOrDefault());
        }
    }

    /// <summary>A 32-bit field.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Write(int offset, FieldMatch<uint>? field)
    {
        if (field.HasValue)
        {
            WriteSet(offset, field.GetValueOrDefault());
        }
    }

    /// <summary>A 128-bit field.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Write(int offset, FieldMatch<UInt128>? field)
    {
        if (field.HasValue)
        {
            WriteSet(offset, field.GetValueOrDefault());
        }
    }

    /// <summary>A 48-bit Ethernet address.</summary>
    internal void WriteMac(int offset, FieldMatch<ulong>? field, string name)
    {
        if (field is { } f)
        {
            // FieldMatch.Exact sets all 64 bits of the mask; the 16 above an address are not on the wire.
            const ulong All = 0xffff_ffff_ffff;
            if (f.Spec > All || f.Last > All)
            {
                throw new ArgumentException($"{name}: an Ethernet address has 48 bits");
            }

            ulong mask = f.Mask & All;
            Note(f.Last.HasValue && (f.Last.Value & mask) != (f.Spec & mask));
            Write48(Spec + offset, f.Spec & mask);
            Write48(Last + offset, (f.Last ?? f.Spec) & mask);
            Write48(Mask + offset, mask);
        }
    }

    /// <summary>A one-bit field inside a host-order word.</summary>
    internal void WriteBit(int offset, int bit, FieldMatch<byte>? field, string name)
    {
        if (field is { } f)
        {
            if (f.Spec > 1 || f.Last > 1)
            {
                throw new ArgumentException($"{name}: the field has one bit");
            }

            uint mask = f.Mask & 1u;
            Note(f.Last.HasValue && (f.Last.Value & mask) != (f.Spec & mask));
            *(uint*)(Spec + offset) |= (f.Spec & mask) << bit;
            *(uint*)(Last + offset) |= ((f.Last ?? f.Spec) & mask) << bit;
            *(uint*)(Mask + offset) |= mask << bit;
        }
    }

    /// <summary>A host-order 16-bit number that must match whole.</summary>
    internal void WriteNative(int offset, ushort value)
    {
        Note(false);
        *(ushort*)(Spec + offset) = value;
        *(ushort*)(Last + offset) = value;
        *(ushort*)(Mask + offset) = ushort.MaxValue;
    }

    private static void Write16(byte* destination, int value) =>
        BinaryPrimitives.WriteUInt16BigEndian(new Span<byte>(destination, 2), (ushort)value);

    private static void Write48(byte* destination, ulong value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(new Span<byte>(destination, 2), (ushort)(value >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(new Span<byte>(destination + 2, 4), unchecked((uint)value));
    }

    private void WriteSet(int offset, in FieldMatch<byte> f)
    {
        Note(f.Last.HasValue && (f.Last.Value & f.Mask) != (f.Spec & f.Mask));
        Spec[offset] = (byte)(f.Spec & f.Mask);
        Last[offset] = (byte)((f.Last ?? f.Spec) & f.Mask);
        Mask[offset] = f.Mask;
    }

    private void WriteSet(int offset, in FieldMatch<ushort> f)
    {
        Note(f.Last.HasValue && (f.Last.Value & f.Mask) != (f.Spec & f.Mask));
        Write16(Spec + offset, f.Spec & f.Mask);
        Write16(Last + offset, (f.Last ?? f.Spec) & f.Mask);
        Write16(Mask + offset, f.Mask);
    }

    private void WriteSet(int offset, in FieldMatch<uint> f)
    {
        Note(f.Last.HasValue && (f.Last.Value & f.Mask) != (f.Spec & f.Mask));
        BinaryPrimitives.WriteUInt32BigEndian(new Span<byte>(Spec + offset, 4), f.Spec & f.Mask);
        BinaryPrimitives.WriteUInt32BigEndian(new Span<byte>(Last + offset, 4), (f.Last ?? f.Spec) & f.Mask);
        BinaryPrimitives.WriteUInt32BigEndian(new Span<byte>(Mask + offset, 4), f.Mask);
    }

    private void WriteSet(int offset, in FieldMatch<UInt128> f)
    {
        Note(f.Last.HasValue && (f.Last.Value & f.Mask) != (f.Spec & f.Mask));
        BinaryPrimitives.WriteUInt128BigEndian(new Span<byte>(Spec + offset, 16), f.Spec & f.Mask);
        BinaryPrimitives.WriteUInt128BigEndian(new Span<byte>(Last + offset, 16), (f.Last ?? f.Spec) & f.Mask);
        BinaryPrimitives.WriteUInt128BigEndian(new Span<byte>(Mask + offset, 16), f.Mask);
    }

    private void Note(bool range)
    {
        HasFields = true;
        HasRange |= range;
    }
}
