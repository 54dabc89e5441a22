using System.Diagnostics;
using System.Runtime.InteropServices;

namespace NetPolNic.Benches.Flow;

/// <summary>The loop in C, compiled against the installed DPDK when it is wanted.</summary>
internal static unsafe class FlowLoopLibrary
{
    /// <summary>Compiles flow_loop.c and gives its function: port id, first address, rules, room for their handles.</summary>
    /// <exception cref="InvalidOperationException">gcc or pkg-config are missing, or refuse it.</exception>
    public static delegate* unmanaged<ushort, uint, uint, void**, int> Load()
    {
        string source = Path.Combine(AppContext.BaseDirectory, "Flow", "flow_loop.c");
        string library = Path.Combine(Directory.CreateTempSubdirectory("netpolnic-flow-").FullName, "flow_loop.so");
        ProcessStartInfo gcc = new("/bin/sh")
        {
            ArgumentList =
            {
                "-c",
                "gcc -O2 -march=native -shared -fPIC -DALLOW_EXPERIMENTAL_API $(pkg-config --cflags libdpdk) \"$0\" -o \"$1\" " +
                    "-lrte_ethdev -lrte_eal",
                source,
                library,
            },
            RedirectStandardError = true,
        };
        using Process process = Process.Start(gcc)!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{source} does not compile: {errors}");
        }

        nint loaded = NativeLibrary.Load(library);
        Directory.Delete(Path.GetDirectoryName(library)!, recursive: true);
        return (delegate* unmanaged<ushort, uint, uint, void**, int>)NativeLibrary.GetExport(loaded, "npn_flow_loop");
    }
}
