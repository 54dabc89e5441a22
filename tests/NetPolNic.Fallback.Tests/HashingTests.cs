using NetPolNic.Fallback.Conntrack;

namespace NetPolNic.Fallback.Tests;

/// <summary>Keys that are neighbours must not share buckets, whatever the seed: they would evict each other.</summary>
public sealed class HashingTests
{
    private const int Seeds = 20_000;
    private const int Keys = 32;
    private const int Buckets = 4096;

    [Fact]
    public void Spreads_consecutive_mac_addresses_over_buckets() => Check(
        (seed, i) => Hashing.Bucket(0x0200_0000_0100UL + (uint)i, seed), most: 4);

    [Fact]
    public void Spreads_consecutive_client_ports_of_one_pair_over_buckets() => Check(
        (seed, i) => new ConnectionKey
        {
            Addrs0 = ConnectionKey.PackV4(0x0a000001, 0x0a000002),
            LowL4Port = (ushort)(40_000 + i),
            HighL4Port = 443,
            IpProto = 6,
            IpVersion = 4,
        }.Hash(seed),
        most: 6);

    [Fact]
    public void Spreads_consecutive_fragment_ids_of_one_pair_over_buckets() => Check(
        (seed, i) => new FragmentKey { SrcAddr = 1, DstAddr = 2, FragmentId = (uint)i, IpProto = 17, IpVersion = 4 }.Hash(seed),
        most: 4);

    private static void Check(Func<ulong, int, ulong> hash, int most)
    {
        Random random = new(1);
        int[] load = new int[Buckets];
        for (int s = 0; s < Seeds; s++)
        {
            ulong seed = unchecked((ulong)random.NextInt64(long.MinValue, long.MaxValue));
            Array.Clear(load);
            int worst = 0;
            for (int i = 0; i < Keys; i++)
            {
                worst = Math.Max(worst, ++load[hash(seed, i) & (Buckets - 1)]);
            }

            Assert.True(worst <= most, $"seed {seed:x}: {worst} of {Keys} keys in one bucket");
        }
    }
}
