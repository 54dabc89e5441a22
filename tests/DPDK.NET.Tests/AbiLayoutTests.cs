using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Dpdk.Abi;
using Dpdk.Flow;
using Dpdk.Raw;

namespace DPDK.NET.Tests;

/// <summary>
/// Every raw structure against the installed headers, both ways: nothing undeclared, nothing unprobed.
/// </summary>
public sealed class AbiLayoutTests
{
    private const int LargestManagedAlignment = 8;

    private static readonly string[] s_prefixes = ["RTE_", "RING_"];

    private static readonly Dictionary<string, Type> s_structs = typeof(rte_mbuf).Assembly.GetTypes()
        .Where(type => type.Namespace == "Dpdk.Raw" && type.IsValueType && !type.IsEnum)
        .Where(type => type.Name.StartsWith("rte_", StringComparison.Ordinal))
        .Where(type => type.GetCustomAttribute<InlineArrayAttribute>() is null)
        .ToDictionary(type => type.Name);

    public static TheoryData<string> Structs => [.. s_structs.Keys.Order(StringComparer.Ordinal)];

    [Fact]
    public void Declares_exactly_the_probed_structures_when_compared() =>
        Assert.Equal(
            AbiProbe.Instance.Structs.Keys.Order(StringComparer.Ordinal), s_structs.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void Headers_are_of_a_known_ABI_when_probed() =>
        Assert.NotNull(DpdkAbi.ForVersion(AbiProbe.Instance.Version));

    [Theory]
    [MemberData(nameof(Structs))]
    public void Size_and_alignment_equal_C_when_probed(string name)
    {
        (int size, int align) = AbiProbe.Instance.Structs[name];
        Assert.Equal(size, SizeOf(s_structs[name]));

        // C# cannot ask for cache lines; such structures live in memory that DPDK allocates.
        Assert.Equal(Math.Min(align, LargestManagedAlignment), AlignOf(s_structs[name]));
    }

    [Theory]
    [MemberData(nameof(Structs))]
    public void Fields_equal_C_when_probed(string name)
    {
        var probed = AbiProbe.Instance.Fields.Where(field => field.Key.Struct == name)
            .ToDictionary(field => field.Key.Field, field => field.Value);
        var declared = s_structs[name].GetFields(BindingFlags.Public | BindingFlags.Instance)
            .ToDictionary(field => field.Name, field => (OffsetOf(field), SizeOf(field.FieldType)));
        Assert.Equal(probed.OrderBy(field => field.Value.Offset), declared.OrderBy(field => field.Value.Item1));
    }

    [Fact]
    public void Bit_fields_equal_C_when_each_is_set_alone()
    {
        Assert.NotEmpty(AbiProbe.Instance.Bits);
        foreach (((string name, string field), byte[] expected) in AbiProbe.Instance.Bits)
        {
            object value = RuntimeHelpers.GetUninitializedObject(s_structs[name]);
            PropertyInfo property = s_structs[name].GetProperty(field)!;
            property.SetValue(value, uint.MaxValue);
            Assert.True(
                expected.AsSpan().SequenceEqual(BytesOf(value)),
                $"{name}.{field}: {Convert.ToHexString(BytesOf(value))}");
            Assert.NotEqual(0u, property.GetValue(value));
        }
    }

    [Fact]
    public void Constants_and_enumerators_equal_C_when_probed()
    {
        var declared = typeof(rte_mbuf).Assembly.GetTypes().Where(type => type.Namespace == "Dpdk.Raw")
            .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(field => field.IsLiteral)
            .Where(field => s_prefixes.Any(prefix => field.Name.StartsWith(prefix, StringComparison.Ordinal)))
            .ToDictionary(field => field.Name, field => Convert.ToUInt64(field.GetRawConstantValue(), null));
        foreach ((string name, ulong value) in declared)
        {
            Assert.True(AbiProbe.Instance.Constants.TryGetValue(name, out ulong expected), $"{name} is not probed");
            Assert.True(expected == value, $"{name}: C has {expected}, C# {value}");
        }
    }

    [Fact]
    public void Public_enumerators_equal_C_when_probed()
    {
        Dictionary<string, ulong> constants = AbiProbe.Instance.Constants;
        foreach (FlowErrorType type in Enum.GetValues<FlowErrorType>())
        {
            string words = string.Concat(
                type.ToString().Select(c => char.IsUpper(c) ? $"_{c}" : char.ToUpperInvariant(c).ToString()));
            Assert.Equal((ulong)type, constants["RTE_FLOW_ERROR_TYPE" + words]);
        }

        Assert.Equal((ulong)Dpdk.Mbuf.RingFlags.SingleProducer, constants["RING_F_SP_ENQ"]);
        Assert.Equal((ulong)Dpdk.Mbuf.RingFlags.SingleConsumer, constants["RING_F_SC_DEQ"]);
        Assert.Equal((ulong)Dpdk.Mbuf.RingFlags.ExactSize, constants["RING_F_EXACT_SZ"]);
    }

    [Fact]
    public void Fast_path_offsets_equal_C_when_probed()
    {
        AbiProbe probe = AbiProbe.Instance;
        DpdkAbi abi = DpdkAbi.ForVersion(probe.Version);
        int data = probe.Fields[("rte_ethdev_qdata", "data")].Offset;
        Assert.Equal(probe.Structs["rte_eth_fp_ops"].Size, abi.FpOpsSize);
        Assert.Equal(probe.Fields[("rte_eth_fp_ops", "rx_pkt_burst")].Offset, abi.RxBurstOffset);
        Assert.Equal(probe.Fields[("rte_eth_fp_ops", "rxq")].Offset + data, abi.RxDataOffset);
        Assert.Equal(probe.Fields[("rte_eth_fp_ops", "tx_pkt_burst")].Offset, abi.TxBurstOffset);
        Assert.Equal(probe.Fields[("rte_eth_fp_ops", "txq")].Offset + data, abi.TxDataOffset);
        Assert.Equal(probe.Constants["RTE_MAX_LCORE"], abi.MaxLcore);
    }

    [Fact]
    public void Mbuf_is_one_rte_mbuf_when_measured() =>
        Assert.Equal(SizeOf(typeof(rte_mbuf)), Unsafe.SizeOf<Dpdk.Mbuf.Mbuf>());

    private static int SizeOf(Type type) => type.IsPointer || type.IsFunctionPointer ? IntPtr.Size
        : type.IsEnum ? SizeOf(type.GetEnumUnderlyingType())
        : Invoke<int>(nameof(SizeOfT), type);

    private static int AlignOf(Type type) => Invoke<int>(nameof(AlignOfT), type);

    private static byte[] BytesOf(object value) =>
        (byte[])typeof(AbiLayoutTests).GetMethod(nameof(BytesOfT), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(value.GetType()).Invoke(null, [value])!;

    private static int OffsetOf(FieldInfo field) => field.GetCustomAttribute<FieldOffsetAttribute>()!.Value;

    private static T Invoke<T>(string method, Type type) =>
        (T)typeof(AbiLayoutTests).GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(type)
            .Invoke(null, null)!;

    private static int SizeOfT<T>() => Unsafe.SizeOf<T>();

    private static int AlignOfT<T>()
        where T : struct => Unsafe.SizeOf<Behind<T>>() - Unsafe.SizeOf<T>();

    private static byte[] BytesOfT<T>(T value)
        where T : struct => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ToArray();

    /// <summary>A byte, then the structure at its alignment: the difference in size is the alignment.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Behind<T>
        where T : struct
    {
        public byte First;
        public T Value;
    }
}
