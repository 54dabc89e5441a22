using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using NetPolNic.Fallback.Parsing;

namespace NetPolNic.Fallback.Worker;

/// <summary>
/// The poll loop, compiled ahead of time to a shared library with a runtime of its own: a thread that runs it is in native
/// code for this one, whose collections do not stop it. Stays loaded.
/// </summary>
public sealed unsafe class FastPathLibrary
{
    /// <summary>The library's file name.</summary>
    public const string FileName = "netpolnic-fastpath.so";

    private readonly delegate* unmanaged<int> _collections;
    private readonly delegate* unmanaged<long> _allocatedBytes;

    private FastPathLibrary(string path, nint handle)
    {
        Path = path;
        CheckAbi(handle);
        Code = new Native(this, handle);
        _collections = (delegate* unmanaged<int>)Export(handle, "npn_fastpath_collections");
        _allocatedBytes = (delegate* unmanaged<long>)Export(handle, "npn_fastpath_allocated_bytes");
    }

    /// <summary>Where it was loaded from.</summary>
    public string Path { get; }

    /// <summary>Collections of the library's own runtime since it was loaded.</summary>
    public int Collections => _collections();

    /// <summary>Bytes allocated on the heap of the library's own runtime since it was loaded, as far as they are counted.</summary>
    public long AllocatedBytes => _allocatedBytes();

    internal LoopCode Code { get; }

    /// <summary>Loads the library and checks that it belongs to this build.</summary>
    /// <exception cref="FastPathException">It does not, or there is none.</exception>
    public static FastPathLibrary Load(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!File.Exists(path))
        {
            throw new FastPathException($"the poll loop's library {path} is missing");
        }

        if (!Avx2.IsSupported || !Bmi2.IsSupported)
        {
            throw new FastPathException("the poll loop needs a processor with AVX2 and BMI2 (x86-64-v3)");
        }

        try
        {
            return new FastPathLibrary(path, NativeLibrary.Load(System.IO.Path.GetFullPath(path)));
        }
        catch (Exception problem) when (problem is DllNotFoundException or BadImageFormatException)
        {
            throw new FastPathException($"the poll loop's library {path} cannot be loaded: {problem.Message}", problem);
        }
    }

    private void CheckAbi(nint handle)
    {
        int version = ((delegate* unmanaged<int>)Export(handle, "npn_fastpath_abi_version"))();
        if (version != LoopAbi.Version)
        {
            throw new FastPathException(
                $"{Path} has version {version} of the interface, this build {LoopAbi.Version}: install both from one build");
        }

        var sizeAt = (delegate* unmanaged<int, int>)Export(handle, "npn_fastpath_size_at");
        for (int i = 0; i <= LoopAbi.Names.Length; i++)
        {
            if (sizeAt(i) != LoopAbi.SizeAt(i))
            {
                string name = i < LoopAbi.Names.Length ? LoopAbi.Names[i] : "the list";
                throw new FastPathException(
                    $"{Path} is of another build: {name} has size {sizeAt(i)} there and {LoopAbi.SizeAt(i)} here");
            }
        }
    }

    private void* Export(nint handle, string name) => NativeLibrary.TryGetExport(handle, name, out nint address)
        ? (void*)address
        : throw new FastPathException($"{Path} is not the poll loop's library: it does not export {name}");

    private sealed class Native(FastPathLibrary library, nint handle) : LoopCode
    {
        private readonly delegate* unmanaged<LoopState*, int> _open =
            (delegate* unmanaged<LoopState*, int>)library.Export(handle, "npn_loop_open");

        private readonly delegate* unmanaged<LoopState*, long, int> _poll =
            (delegate* unmanaged<LoopState*, long, int>)library.Export(handle, "npn_loop_poll");

        private readonly delegate* unmanaged<LoopState*, int> _run =
            (delegate* unmanaged<LoopState*, int>)library.Export(handle, "npn_loop_run");

        private readonly delegate* unmanaged<LoopState*, ParsedPacket*, long, TraceAnswer*, int> _trace =
            (delegate* unmanaged<LoopState*, ParsedPacket*, long, TraceAnswer*, int>)library.Export(handle, "npn_loop_trace");

        private readonly delegate* unmanaged<LoopState*, void> _close =
            (delegate* unmanaged<LoopState*, void>)library.Export(handle, "npn_loop_close");

        public override int Open(LoopState* state) => _open(state);

        public override int Poll(LoopState* state, long nowMs) => _poll(state, nowMs);

        public override int Run(LoopState* state, Func<long>? clockMs) => _run(state);

        public override int Trace(LoopState* state, ParsedPacket* packet, long nowMs, TraceAnswer* answer) =>
            _trace(state, packet, nowMs, answer);

        public override void Close(LoopState* state) => _close(state);
    }
}
