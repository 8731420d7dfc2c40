using Subscriptions.Server.Features.Reconciliation;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Settings;

try
{
    if (ReconciliationCommands.Knows(args))
    {
        return await ReconciliationCommands.RunAsync(args, Console.Out);
    }

    await ServerHost.Create(args).RunAsync();
    return 0;
}
catch (SettingsException wrong)
{
    SettingsValidation.Print(wrong.Failures, Console.Error);
    return SettingsValidation.ExitCode;
}
