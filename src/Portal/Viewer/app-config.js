// The OHIF viewer's settings: our DICOMweb, and nothing that asks elsewhere.
window.config = {
  name: 'echoclr',
  routerBasename: '/viewer',
  extensions: [],
  modes: [],
  customizationService: [{ 'ohif.tours': { $set: [] } }],
  showStudyList: true,
  maxNumberOfWebWorkers: 3,
  showWarningMessageForCrossOrigin: false,
  showCPUFallbackMessage: false,
  showLoadingIndicator: true,
  strictZSpacingForVolumeViewport: true,
  groupEnabledModesFirst: true,
  showErrorDetails: 'always',
  maxNumRequests: { interaction: 20, thumbnail: 4, prefetch: 8 },
  defaultDataSourceName: 'echoclr',
  dataSources: [
    {
      namespace: '@ohif/extension-default.dataSourcesModule.dicomweb',
      sourceName: 'echoclr',
      configuration: {
        friendlyName: 'EchoClr',
        name: 'echoclr',
        qidoRoot: window.location.origin + '/dicom-web',
        wadoRoot: window.location.origin + '/dicom-web',
        qidoSupportsIncludeField: true,
        imageRendering: 'wadors',
        thumbnailRendering: 'wadors',
        enableStudyLazyLoad: true,
        supportsFuzzyMatching: false,
        supportsWildcard: true,
        staticWado: false,
        singlepart: 'bulkdata,video',
        bulkDataURI: { enabled: true },
        omitQuotationForMultipartRequest: true,
      },
    },
  ],
  httpErrorHandler: error => {
    // The session is over: the portal's own page asks for the password, and leads back here.
    if (error.status === 401) window.location.reload();
  },
};
