namespace Dpdk.Errors;

/// <summary>A DPDK library is not installed.</summary>
public sealed class DpdkNotFoundException : DpdkException
{
    /// <summary>Names the library and the package that carries it.</summary>
    /// <param name="soname">File that was looked for, e.g. "librte_eal.so.23".</param>
    /// <param name="package">Debian 12's package, e.g. "librte-eal23".</param>
    public DpdkNotFoundException(string soname, string package)
        : base(
            $"{soname} was not found",
            0,
            $"install it with 'apt-get install {package}' "
            + "(the whole runtime with its drivers: 'apt-get install dpdk librte-meta-net')")
    {
        Soname = soname;
        Package = package;
    }

    /// <summary>File that was looked for.</summary>
    public string Soname { get; }

    /// <summary>Debian's package that carries it.</summary>
    public string Package { get; }
}
