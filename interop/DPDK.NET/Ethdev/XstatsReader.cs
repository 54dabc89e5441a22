using Dpdk.Raw;

namespace Dpdk.Ethdev;

/// <summary>Reads a port's extended statistics.</summary>
internal static unsafe class XstatsReader
{
    /// <summary>Name to value; a name that occurs twice keeps its last value.</summary>
    internal static Dictionary<string, ulong> Read(EthPort port)
    {
        int count = RteEthdev.rte_eth_xstats_get_names(port.Id, null, 0);
        port.Check(count, "rte_eth_xstats_get_names");
        var names = new rte_eth_xstat_name[count];
        var values = new rte_eth_xstat[count];
        fixed (rte_eth_xstat_name* name = names)
        fixed (rte_eth_xstat* value = values)
        {
            int namesRead = RteEthdev.rte_eth_xstats_get_names(port.Id, name, (uint)count);
            port.Check(namesRead, "rte_eth_xstats_get_names");
            int valuesRead = RteEthdev.rte_eth_xstats_get(port.Id, value, (uint)count);
            port.Check(valuesRead, "rte_eth_xstats_get");

            // The set may change between the calls; what both know is returned.
            Dictionary<string, ulong> result = new(StringComparer.Ordinal);
            for (int i = 0; i < Math.Min(count, Math.Min(namesRead, valuesRead)); i++)
            {
                if (value[i].id < (ulong)namesRead)
                {
                    result[NativeText.Read(&name[value[i].id].name.first)] = value[i].value;
                }
            }

            return result;
        }
    }
}
