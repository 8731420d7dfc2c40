using System.Runtime.InteropServices;
using Subscriptions.Sandbox.Rooms;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Settings;

var settings = new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine(args).Build();
using var ending = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);

try
{
    var options = SandboxOptions.Read(settings);
    await using var sandbox = new SandboxProcess(options, args, TimeProvider.System);
    await sandbox.StartAsync(ending.Token);
    Console.WriteLine(Guide.For(options));
    await Task.Delay(Timeout.Infinite, ending.Token).ContinueWith(_ => { }, TaskScheduler.Default);
    return 0;
}
catch (SettingException wrong)
{
    await Console.Error.WriteLineAsync(wrong.Message);
    return 1;
}
catch (SettingsException wrong)
{
    SettingsValidation.Print(wrong.Failures, Console.Error);
    return SettingsValidation.ExitCode;
}
catch (OperationCanceledException) when (ending.IsCancellationRequested)
{
    return 0;
}

void End(PosixSignalContext signal)
{
    signal.Cancel = true;
    ending.Cancel();
}
