using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Dpdk.Flow;

/// <summary>
/// Makes an item that is written another one of the same fields under the same masks, by writing the values that differ: what
/// rules of one kind have most of.
/// </summary>
internal static unsafe class ItemPatcher
{
    /// <summary>False: the items differ by more; what is in the blocks is of no use then.</summary>
    /// <param name="item">What is to be there.</param>
    /// <param name="written">What is there.</param>
    /// <param name="blocks">The item's three blocks, as <see cref="ItemBlocks"/> has them.</param>
    internal static bool TryPatch(FlowItem item, FlowItem written, byte* blocks)
    {
        // In the order of how often rules have them.
        if (item is Ipv4Item ipv4)
        {
            return written is Ipv4Item was && Patch(blocks + 12, ipv4.Src, was.Src) && Patch(blocks + 16, ipv4.Dst, was.Dst) &&
                Patch(blocks + 9, ipv4.Proto, was.Proto) && Patch(blocks + 6, ipv4.FragmentOffset, was.FragmentOffset);
        }

        if (item is TcpItem tcp)
        {
            return written is TcpItem was && Patch(blocks, tcp.SrcL4Port, was.SrcL4Port) &&
                Patch(blocks + 2, tcp.DstL4Port, was.DstL4Port) && Patch(blocks + 13, tcp.Flags, was.Flags);
        }

        if (item is EthItem eth)
        {
            return written is EthItem was && !eth.Src.HasValue && !eth.Dst.HasValue && !was.Src.HasValue &&
                !was.Dst.HasValue && Patch(blocks + 12, eth.EtherType, was.EtherType);
        }

        if (item is UdpItem udp)
        {
            return written is UdpItem was && Patch(blocks, udp.SrcL4Port, was.SrcL4Port) &&
                Patch(blocks + 2, udp.DstL4Port, was.DstL4Port);
        }

        return item is Ipv6Item ipv6 && written is Ipv6Item before && !ipv6.HasFragExt.HasValue &&
            !before.HasFragExt.HasValue && Patch(blocks + 8, ipv6.Src, before.Src) &&
            Patch(blocks + 24, ipv6.Dst, before.Dst) && Patch(blocks + 6, ipv6.Proto, before.Proto);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Patch(byte* at, FieldMatch<byte>? field, FieldMatch<byte>? written)
    {
        if (!IsAlike(field, written))
        {
            return false;
        }

        if (field.HasValue)
        {
            byte value = (byte)(field.GetValueOrDefault().Spec & field.GetValueOrDefault().Mask);
            *at = value;
            at[NativeFlowRule.BlockBytes] = value;
        }

        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Patch(byte* at, FieldMatch<ushort>? field, FieldMatch<ushort>? written)
    {
        if (!IsAlike(field, written))
        {
            return false;
        }

        if (field.HasValue)
        {
            int value = field.GetValueOrDefault().Spec & field.GetValueOrDefault().Mask;
            Unsafe.WriteUnaligned(at, BinaryPrimitives.ReverseEndianness((ushort)value));
            Unsafe.WriteUnaligned(at + NativeFlowRule.BlockBytes, BinaryPrimitives.ReverseEndianness((ushort)value));
        }

        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Patch(byte* at, FieldMatch<uint>? field, FieldMatch<uint>? written)
    {
        if (!IsAlike(field, written))
        {
            return false;
        }

        if (field.HasValue)
        {
            uint value = BinaryPrimitives.ReverseEndianness(
                field.GetValueOrDefault().Spec & field.GetValueOrDefault().Mask);
            Unsafe.WriteUnaligned(at, value);
            Unsafe.WriteUnaligned(at + NativeFlowRule.BlockBytes, value);
        }

        return true;
    }

    private static bool Patch(byte* at, FieldMatch<UInt128>? field, FieldMatch<UInt128>? written)
    {
        if (!IsAlike(field, written))
        {
            return false;
        }

        if (field.HasValue)
        {
            UInt128 value = field.GetValueOrDefault().Spec & field.GetValueOrDefault().Mask;
            BinaryPrimitives.WriteUInt128BigEndian(new Span<byte>(at, 16), value);
            BinaryPrimitives.WriteUInt128BigEndian(new Span<byte>(at + NativeFlowRule.BlockBytes, 16), value);
        }

        return true;
    }

    /// <summary>Both are there or neither is, under one mask, and neither is a range.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsAlike<T>(in FieldMatch<T>? field, in FieldMatch<T>? written)
        where T : unmanaged, IEquatable<T> => field.HasValue
            ? written.HasValue && !field.GetValueOrDefault().Last.HasValue && !written.GetValueOrDefault().Last.HasValue &&
                field.GetValueOrDefault().Mask.Equals(written.GetValueOrDefault().Mask)
            : !written.HasValue;
}
