using System.Globalization;

namespace DPDK.NET.Tests;

/// <summary>What abi_probe.c says, compiled against the installed headers.</summary>
internal sealed class AbiProbe
{
    private AbiProbe(string output)
    {
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (string[] words in lines.Select(line => line.Split(' ')))
        {
            switch (words[0])
            {
                case "version":
                    Version = string.Join(' ', words[1..]);
                    break;
                case "struct":
                    Structs[words[1]] = (Number(words[2]), Number(words[3]));
                    break;
                case "field":
                    Fields[(words[1], words[2].Replace('.', '_'))] = (Number(words[3]), Number(words[4]));
                    break;
                case "bits":
                    Bits[(words[1], words[2])] = Convert.FromHexString(words[3]);
                    break;
                case "const":
                    Constants[words[1]] = ulong.Parse(words[2], CultureInfo.InvariantCulture);
                    break;
                default:
                    throw new InvalidDataException($"unknown line of the probe: {string.Join(' ', words)}");
            }
        }
    }

    internal static AbiProbe Instance { get; } = new(CompileAndRun());

    internal string Version { get; } = "";

    internal Dictionary<string, (int Size, int Align)> Structs { get; } = [];

    internal Dictionary<(string Struct, string Field), (int Offset, int Size)> Fields { get; } = [];

    internal Dictionary<(string Struct, string Field), byte[]> Bits { get; } = [];

    internal Dictionary<string, ulong> Constants { get; } = [];

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static string CompileAndRun()
    {
        string folder = Directory.CreateTempSubdirectory("abi-probe-").FullName;
        try
        {
            string program = Path.Combine(folder, "abi_probe");
            string source = Path.Combine(AppContext.BaseDirectory, "abi_probe.c");
            string[] flags = Require("pkg-config", ["--cflags", "libdpdk"]).Split(
                (char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            string[] libs = Require("pkg-config", ["--libs", "libdpdk"]).Split(
                (char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            Require("gcc", ["-Wall", "-Werror", "-DALLOW_EXPERIMENTAL_API", .. flags, source, "-o", program, .. libs]);
            return Require(program, []);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Require(string file, IEnumerable<string> arguments)
    {
        (int exitCode, string output) = ProcessRunner.Run(file, arguments);
        return exitCode == 0 ? output : throw new InvalidOperationException(
            $"{file} (packages gcc, libdpdk-dev): {output}");
    }
}
