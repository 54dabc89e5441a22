namespace Emunic.Tests.Support;

/// <summary>Frames through one device, without the machinery of <see cref="MatchRun"/>.</summary>
internal sealed record Traffic(string Transcript, IReadOnlyList<byte[]> Passed)
{
    /// <summary>The number of the device as a port, for the commands.</summary>
    public const int EthPort = 1;

    /// <summary>Runs the commands, then the frames; what passes is forwarded to a second port and caught there.</summary>
    public static Traffic Run(
        string deviceArguments, IReadOnlyList<string> commands, IReadOnlyList<byte[]> frames, params string[] options)
    {
        string folder = Path.Combine(Driver.Root, "artifacts/emunic/tests", Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(folder);
        try
        {
            PcapFile.Write($"{folder}/in", frames);
            PcapFile.Write($"{folder}/none", []);
            string[] vdevs =
            [
                $"net_pcap0,rx_pcap={folder}/in,tx_pcap={folder}/back",
                $"net_emunic0,backend=net_pcap0{deviceArguments}",
                $"net_pcap1,rx_pcap={folder}/none,tx_pcap={folder}/out",
                "net_emunic1,backend=net_pcap1",
            ];
            using TestpmdSession session = new(vdevs, options);
            session.Run([.. commands, "set fwd io"]);
            session.RunAmidOutput("start");
            session.WaitForPackets(EthPort, frames.Count);
            session.RunAmidOutput("stop");
            session.Run([$"show port stats {EthPort}", $"show port xstats {EthPort}"]);
            session.Quit();
            return new Traffic(session.Transcript, PcapFile.Read($"{folder}/out"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
