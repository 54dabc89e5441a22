using System.Runtime.InteropServices;

namespace NetPolNic.Vm.Tests.Support;

/// <summary>Where the programs are that the tests run.</summary>
internal static class Programs
{
    /// <summary>The agent that was built with these tests.</summary>
    public static string Agent => Repo.At("artifacts", "bin", "NetPolNic.Agent", "debug", "netpolnic");

    /// <summary>The guest's program that was built with these tests.</summary>
    public static string Guest => Repo.At("artifacts", "bin", "NetPolNic.VmGuest", "debug", "NetPolNic.VmGuest");

    /// <summary>Why there can be no virtual machine here, or null.</summary>
    public static string? WhyNoMachine =>
        RuntimeInformation.ProcessArchitecture != Architecture.X64 ? "the virtual machine shares this machine's files and is an x86-64 one"
        : IsThere("qemu-system-x86_64") ? null
        : "qemu-system-x86 is not installed and could not be";

    private static bool IsThere(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));
}
